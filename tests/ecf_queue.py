"""What the tests of the queue share: a simulator of DGII and a company that sends."""

from .dgii_loopback import LoopbackMixin
from .dgii_sim import start
from .ecf_case import EcfCase

#: Waits short enough for a test, as system parameters.
QUICK = {
    "connect": "1",
    "read": "3",
    "whole": "5",
    "retry": "0.01",
    "poll": "0.01",
    "grace": "0.01",
    "lease": "60",
}


def set_up_company(env, company, url, **settings):
    """The company sends to a simulator, with short waits."""
    parameters = env["ir.config_parameter"].sudo()
    parameters.set_param("nu_pos.ecf_base_url", url)
    for name, value in {**QUICK, **settings}.items():
        parameters.set_param(f"nu_pos.ecf_{name}", value)
    company.sudo().nu_ecf_send = True


class QueueCase(LoopbackMixin, EcfCase):
    """Sales of the company go to a simulator; the queue is worked when a test says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sim = start()
        cls.addClassCleanup(cls.sim.stop)
        cls.config.sudo().nu_default_document_type_id = cls.type("E32")
        cls.queue = cls.env["nu.pos.ecf.queue"]
        cls.manager = cls.ref("user_manager")

    def setUp(self):
        super().setUp()
        self.sim.reset()
        self.sim.set(polls=1, ranges=None, issuers=None, signers=None, directory=[])
        set_up_company(self.env, self.company, self.sim.url)

    def settings(self, **values):
        for name, value in values.items():
            self.env["ir.config_parameter"].set_param(f"nu_pos.ecf_{name}", value)

    def sold(self, *lines, **values):
        """The electronic receipt of a new sale."""
        return self.sell(*lines, **values)[1]

    def sold_31(self, *lines):
        return self.sold(*lines, fiscal_type="E31", partner_id=self.buyer.id)

    def work(self, rounds=40, **options):
        """Work the queue until nothing waits or ``rounds`` are over."""
        self.env.flush_all()
        lane = self.env["nu.pos.ecf.delivery"]
        for _round in range(rounds):
            self.queue._work(linger=0.05, **options)
            lane._work(**options)
            if self.queue._next_due() is None and lane._next_due() is None:
                break
        self.env.invalidate_all()

    def once(self):
        """One look at the queue, no waiting."""
        self.env.flush_all()
        steps = self.queue.work()
        self.env.invalidate_all()
        return steps

    def due(self, *records):
        """As if the wait of the documents were over."""
        self.env.flush_all()
        for record in records:
            self.env.cr.execute(
                "UPDATE nu_pos_ecf SET date_next = now() AT TIME ZONE 'UTC'"
                " - interval '1 second' WHERE id = %s",
                [record.id],
            )
        self.env.invalidate_all()

    def link(self):
        return self.env["nu.pos.ecf.link"].search(
            [("company_id", "=", self.company.id)]
        )

    def as_manager(self, record):
        return record.with_user(self.manager).sudo(False)

    def audited(self, event, record=None):
        domain = [("event", "=", event)]
        if record:
            domain.append(("ncf", "=", record.name))
        return self.env["nu_restaurant_pos.order_audit"].search(domain)

    def assertState(self, record, state):
        self.assertEqual(record.state, state, record.last_error or record.message_text)

    def assertReplacedOnce(self, made):
        """DGII takes the documents made for a contingency's receipts, nobody else gets
        them, and nothing is left to replace."""
        self.work()
        self.assertEqual(set(made.mapped("state")), {"accepted"})
        self.assertFalse(any(made.mapped("receiver_state")), "to DGII only")
        again = self.as_manager(self.company).action_replace_contingency()
        self.assertFalse(self.env["nu.pos.ecf"].search(again["domain"]))
        self.assertInvariant()
