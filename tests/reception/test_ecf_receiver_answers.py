"""Commercial approval of what was received: to DGII and to the issuer."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.modules.migration import load_script
from odoo.tests import common, tagged
from odoo.tools import file_path

from ...fiscal.ecf import dgii, messages
from ...fiscal.ecf.validate import validate
from ...models.reception import nu_pos_ecf_received_answer
from ..common import FiscalCase
from ..dgii_sim import start
from ..ecf_reception import SUPPLIER, ReceptionMixin, xmlsec_holds
from ..ecf_signers import signer

MIGRATION = "nu_restaurant_pos/migrations/19.0.1.1.0/post-answers_to_issuers.py"


@tagged("post_install", "-at_install")
class TestAnswers(ReceptionMixin, FiscalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._load_reception()
        cls.sim = start()
        cls.addClassCleanup(cls.sim.stop)
        cls.env["ir.config_parameter"].set_param("nu_pos.ecf_base_url", cls.sim.url)

    @classmethod
    def _request_handler(cls, s, r, /, **kw):
        # Odoo's guard reads a timeout as one number; the simulator is on loopback
        if r.url.startswith(cls.sim.url):
            return common._super_send(s, r, **kw)
        return super()._request_handler(s, r, **kw)

    def setUp(self):
        super().setUp()
        self.sim.reset()
        self.sim.set(
            polls=1,
            validate=None,
            directory=[{"rnc": SUPPLIER, "nombre": "DISTRIBUIDORA"}],
        )
        nu_pos_ecf_received_answer._TOKENS.clear()
        self.accountant = self.ref("user_accountant")
        xml = self.file()
        _receipt, self.record = self.take(xml)
        # its issuer had it accepted before
        supplier = dgii.DgiiClient(
            dgii.Endpoints(self.sim.ecf_url, self.sim.fc_url),
            signer(),
            dgii.MemoryTokens(),
        )
        self.addCleanup(supplier._http.session.close)
        supplier.send(xml, dgii.document_name(SUPPLIER, self.record.name))

    def run_job(self):
        self.env.flush_all()
        self.received._cron_send_answers()
        self.received._deliver_answers()
        self.env.invalidate_all()

    def approve(self):
        self.record.with_user(self.accountant).action_approve()

    def reject(self, reason="No fue pedida"):
        wizard = (
            self.env["nu.pos.ecf.reject"]
            .with_user(self.accountant)
            .with_context(active_id=self.record.id)
            .create({"reason": reason})
        )
        wizard.action_apply()

    def sent(self, service):
        return [one.xml for one in self.sim.books.deliveries if one.service == service]

    def states(self):
        return self.record.answer_dgii, self.record.answer_issuer

    def test_approval_is_signed_and_goes_to_both(self):
        self.approve()
        self.assertEqual(self.record.answer, "approved")
        self.assertEqual(self.record.answer_user_id, self.accountant)
        self.assertEqual(self.states(), ("to_send", "to_send"))
        self.assertFalse(self.sent("aprobacioncomercial"), "not inside the click")
        xml = self.record.answer_xml.encode()
        self.assertTrue(xmlsec_holds(xml))
        self.assertEqual(validate(xml, signed=True), [])
        approval = messages.parse_acecf(xml)
        self.assertEqual(
            (approval.issuer, approval.buyer, approval.encf, str(approval.total)),
            (SUPPLIER, self.company.vat, self.record.name, "236.00"),
        )
        self.assertEqual(approval.status, messages.APPROVED)
        self.run_job()
        self.assertEqual(self.states(), ("sent", "sent"), self.record.answer_error)
        for name in ("next", "error", "issuer_next", "issuer_error"):
            self.assertFalse(self.record[f"answer_{name}"])
        self.assertEqual(self.sent("aprobacioncomercial"), [xml])
        self.assertEqual(self.sent("receptor-aprobacion"), [xml])
        [delivery] = [
            one
            for one in self.sim.books.deliveries
            if one.service == "aprobacioncomercial"
        ]
        self.assertEqual(delivery.name, f"{self.company.vat}{self.record.name}.xml")

    def test_rejection_carries_its_reason(self):
        self.reject("  No fue\n pedida ")
        approval = messages.parse_acecf(self.record.answer_xml.encode())
        self.assertEqual(approval.status, messages.REFUSED)
        self.assertEqual(approval.reason, "No fue pedida")
        self.assertEqual(self.record.answer_reason, "No fue pedida")
        self.run_job()
        self.assertEqual(self.states(), ("sent", "sent"))

    def test_rejection_without_reason_is_refused(self):
        with self.assertRaises(UserError):
            self.reject("   ")
        self.assertFalse(self.record.answer)

    def test_word_is_given_once(self):
        self.approve()
        with self.assertRaises(UserError):
            self.reject()
        with self.assertRaises(UserError):
            self.approve()
        self.assertEqual(self.record.answer, "approved")

    def test_refused_document_is_not_approved(self):
        bad = self.file(9).replace(b"Arroz", b"Arena")
        _receipt, record = self.take(bad)
        self.assertEqual(record.state, "refused")
        with self.assertRaises(UserError):
            record.with_user(self.accountant).action_approve()

    def test_issuer_without_address_is_no_failure(self):
        self.sim.set(directory=[])
        self.approve()
        self.run_job()
        self.assertEqual(self.states(), ("sent", "none"))
        self.assertFalse(self.record.answer_next)
        self.assertFalse(self.record.answer_issuer_next)

    def test_dgii_away_is_waited_for_and_the_same_bytes_sent(self):
        self.approve()
        self.sim.set(maintenance=True)
        self.run_job()
        self.assertEqual(self.states(), ("to_send", "to_send"))
        self.assertGreater(self.record.answer_next, fields.Datetime.now())
        self.assertIn("503", self.record.answer_error)
        self.run_job()
        self.assertEqual(self.record.answer_attempts, 1, "not before its time")
        self.sim.set(maintenance=False)
        self.due()
        self.run_job()
        self.assertEqual(self.states(), ("sent", "sent"))
        self.assertEqual(
            self.sent("aprobacioncomercial"), [self.record.answer_xml.encode()]
        )

    def test_only_what_is_missing_is_sent_again(self):
        self.approve()
        self.sim.set(fail_next=1, services=["receptor"])
        self.run_job()
        self.assertEqual(self.states(), ("sent", "to_send"))
        self.due()
        self.run_job()
        self.assertEqual(self.states(), ("sent", "sent"))
        self.assertEqual(len(self.sent("aprobacioncomercial")), 1)

    def test_no_of_dgii_is_final_and_told(self):
        self.sim.reset()  # it does not know the document any more
        self.approve()
        self.run_job()
        self.assertEqual(self.record.answer_dgii, "failed")
        self.assertIn("no ha sido recibido", self.record.answer_error)
        self.assertEqual(self.record.answer_issuer, "sent")
        self.assertFalse(self.record.answer_next)

    def test_waiting_ends_and_a_person_may_start_again(self):
        self.approve()
        self.sim.set(maintenance=True)
        for _time in range(len(nu_pos_ecf_received_answer.WAITS) + 2):
            self.due()
            self.run_job()
        self.assertEqual(self.states(), ("failed", "failed"))
        self.assertFalse(self.record.answer_next)
        self.sim.set(maintenance=False)
        self.record.with_user(self.accountant).action_retry_answer()
        self.run_job()
        self.assertEqual(self.states(), ("sent", "sent"))
        self.assertFalse(self.record.answer_error)

    def test_only_accounting_gives_the_word(self):
        for name in ("user_cashier", "user_waiter", "user_hub"):
            with self.assertRaises(AccessError):
                self.record.with_user(self.ref(name)).action_approve()
            with self.assertRaises(AccessError):
                self.env["nu.pos.ecf.reject"].with_user(self.ref(name)).create(
                    {"received_id": self.record.id, "reason": "x"}
                )
        manager = self.ref("user_manager")
        manager.group_ids -= self.env.ref("account.group_account_invoice")
        with self.assertRaises(AccessError):
            self.record.with_user(manager).action_approve()
        self.assertFalse(self.record.answer)

    def test_slow_issuer_holds_up_no_answer_to_dgii(self):
        """Each addressee has a turn of its own."""
        self.approve()
        self.sim.set(directory=[])
        self.sim.set(delay=0.5, services=["consultadirectorio"])
        self.env.flush_all()
        self.received._cron_send_answers()
        self.env.invalidate_all()
        self.assertEqual(self.states(), ("sent", "to_send"))
        self.assertTrue(self.record.answer_issuer_next)
        self.received._deliver_answers(until=0)
        self.env.invalidate_all()
        self.assertEqual(self.record.answer_issuer, "to_send", "its time was over")
        self.received._deliver_answers()
        self.env.invalidate_all()
        self.assertEqual(self.states(), ("sent", "none"))

    def test_upgrade_gives_answers_to_issuers_their_turn(self):
        self.approve()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE nu_pos_ecf_received SET answer_issuer_next = NULL,"
            " answer_dgii = 'sent' WHERE id = %s",
            [self.record.id],
        )
        self.env.invalidate_all()
        wanted = self.record.answer_next
        script = load_script(file_path(MIGRATION), "answers_to_issuers")
        script.migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertEqual(self.record.answer_issuer_next, wanted)
        self.assertFalse(self.record.answer_next)
        self.run_job()
        self.assertEqual(self.states(), ("sent", "sent"))

    def due(self):
        past = fields.Datetime.now() - timedelta(minutes=1)
        for name in ("answer_next", "answer_issuer_next"):
            if self.record[name]:
                self.record.sudo()[name] = past
