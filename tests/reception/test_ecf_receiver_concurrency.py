"""The same number from several senders at once, on real connections."""

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged

from ...fiscal.ecf import messages
from ..ecf_reception import SUPPLIER, ReceptionMixin, line
from ..ecf_signers import signer
from ..numbers.test_ncf_concurrency import RealCursorCase

NUMBER = 900_000_001


@tagged("post_install", "-at_install")
class TestReceptionConcurrency(ReceptionMixin, RealCursorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # committed: the senders have connections of their own
        with cls.registry.cursor() as cr:
            certificates = api.Environment(cr, SUPERUSER_ID, {})[
                "nu.pos.ecf.certificate"
            ]
            signers = certificates.env["nu.pos.ecf.signer"]
            confirmed = signers.confirm(
                cls.company, SUPPLIER, {"key": signer().info.key}
            ).ids
            known = certificates._of(cls.company)
            certificates._make_demo(cls.company.id)
            made = (certificates._of(cls.company) - known).ids
        cls.addClassCleanup(cls._drop, made, confirmed)

    @classmethod
    def _drop(cls, ids, signers):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["nu.pos.ecf.certificate"].browse(ids).unlink()
            env["nu.pos.ecf.signer"].browse(signers).unlink()

    def setUp(self):
        super().setUp()
        self.addCleanup(self.in_transaction, self._remove)

    def _remove(self, env):
        env.cr.execute(
            "DELETE FROM nu_pos_ecf_received WHERE issuer_rnc = %s AND name LIKE %s",
            [SUPPLIER, "E31090%"],
        )

    def deliver(self, xml):
        return self.in_transaction(
            lambda env: env["nu.pos.ecf.receiver"].receive(xml, "203.0.113.7")
        )

    def rows(self, state):
        def read(env):
            env.cr.execute(
                "SELECT count(*), sum(deliveries) FROM nu_pos_ecf_received"
                " WHERE issuer_rnc = %s AND name LIKE %s AND state = %s",
                [SUPPLIER, "E31090%", state],
            )
            return env.cr.fetchone()

        return self.in_transaction(read)

    def test_one_of_many_contents_is_received(self):
        files = [
            self.file(NUMBER, lines=[line(price=f"{price}.00")])
            for price in range(10, 16)
        ]
        answers = self.race(*[lambda xml=xml: self.deliver(xml) for xml in files])
        reasons = [messages.parse_arecf(answer).reason for answer in answers]
        self.assertEqual(sorted(reasons, key=bool), [None] + [3] * 5)
        self.assertEqual(self.rows("received"), (1, 1))

    def test_same_bytes_from_many_are_one_receipt(self):
        xml = self.file(NUMBER)
        answers = self.race(*[lambda: self.deliver(xml)] * 6)
        self.assertEqual(len(set(answers)), 1)
        self.assertEqual(self.rows("received"), (1, 6))
