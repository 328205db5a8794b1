"""An electronic sale: signed once, inside the sale, told in its answer."""

import stat
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...fiscal.ecf import build, timbre
from ...fiscal.ecf import certificate as certificate_file
from ...fiscal.ecf.description import Billing, Change, Form, Terms
from ...fiscal.ecf.signature import verify
from ...fiscal.ecf.validate import validate
from ...models.evidence import secret as nu_pos_ecf_secret
from ..ecf_case import EcfCase


@tagged("post_install", "-at_install")
class TestElectronicSale(EcfCase):
    def test_consumer_sale_answers_code_and_qr_of_what_was_signed(self):
        answer, ecf, document = self.sell(self.line(qty=2, price=450.0))
        self.assertEqual(len(ecf), 1)
        self.assertEqual(answer["fiscal"]["security_code"], ecf.security_code)
        self.assertEqual(answer["fiscal"]["qr_url"], ecf.qr_url)
        # Fecha de Firma Digital, which a till prints
        self.assertEqual(answer["fiscal"]["signed_at"], f"{ecf.date_signed:%FT%TZ}")
        self.assertEqual(
            ecf.security_code, timbre.document_security_code(ecf._xml_bytes())
        )
        self.assertTrue(verify(ecf._xml_bytes()).ok)
        self.assertEqual(validate(ecf._xml_bytes(), signed=True), [])
        self.assertEqual(document.totals.total, Decimal("1152.00"))
        self.assertEqual(document.totals.itbis, Decimal("162.00"))
        self.assertEqual(document.totals.additional, Decimal("90.00"))
        self.assertEqual(document.issuer.rnc, self.company.vat)
        self.assertEqual(ecf.order_id.id, answer["order_id"])

    def test_small_consumer_sale_prepares_its_summary(self):
        _answer, ecf, _document = self.sell()
        self.assertTrue(ecf.is_summary)
        self.assertTrue(verify(ecf._sent_bytes()).ok)
        self.assertEqual(validate(ecf._sent_bytes(), signed=True), [])
        self.assertIn(ecf.security_code, ecf.summary_xml)

    def test_sale_of_the_threshold_goes_whole_and_names_its_buyer(self):
        _answer, ecf, document = self.sell(
            self.line(qty=1, price=200000.0), partner_id=self.buyer.id
        )
        self.assertFalse(ecf.is_summary)
        self.assertEqual(ecf._sent_bytes(), ecf._xml_bytes())
        self.assertEqual(document.buyer.rnc, self.buyer.vat)

    def test_fiscal_credit_names_buyer_expiry_and_forms_of_payment(self):
        total = 640.0
        _answer, ecf, document = self.sell(
            fiscal_type="E31",
            partner_id=self.buyer.id,
            payments=[
                {"payment_method_id": self.card.id, "amount": 400.0},
                {"payment_method_id": self.cash.id, "amount": 500.0},
            ],
            total=total,
        )
        self.assertEqual(document.buyer.rnc, self.buyer.vat)
        self.assertEqual(document.sequence_expiry, ecf.ncf_id.range_id.date_expiry)
        self.assertEqual(
            {payment.form: payment.amount for payment in document.payments},
            {Form.CASH: Decimal("240.00"), Form.CARD: Decimal("400.00")},
            "change is taken off the cash",
        )
        self.assertEqual(document.terms, Terms.CASH)

    def test_mixed_rates_and_discounts_add_up_to_what_was_paid(self):
        lines = [
            self.line(qty=3, price=333.33, discount=10),
            self.line(self.reduced, price=118.4),
            self.line(self.exempt, qty=2, price=75.0),
        ]
        draft = self.draft(*lines, fiscal_type="E32")
        draft.pop("amount_total")
        total = self.Order._nu_submit(draft).body["amount_total"]
        answer, _ecf, document = self.sell(*lines, total=total)
        self.assertEqual(float(document.totals.total), answer["amount_total"])
        self.assertEqual(float(document.totals.itbis), answer["amount_itbis"])
        self.assertEqual(float(document.totals.additional), answer["amount_tip"])
        self.assertEqual(
            {line.billing for line in document.lines},
            {Billing.ITBIS_18, Billing.ITBIS_16, Billing.EXEMPT},
        )
        self.assertEqual(document.lines[0].discount, Decimal("100.00"))

    def test_special_regime_is_exempt_throughout(self):
        _answer, _ecf, document = self.sell(
            fiscal_type="E44", partner_id=self.buyer.id, total=550.0
        )
        self.assertIsNone(document.totals.itbis)
        self.assertEqual(document.totals.exempt, Decimal("500.00"))

    def test_courtesy_is_free_of_charge(self):
        _answer, _ecf, document = self.sell(
            self.line(discount=100),
            total=0.0,
            payments=[{"payment_method_id": self.cash.id, "amount": 0}],
        )
        self.assertEqual(document.terms, Terms.FREE)
        self.assertFalse(document.payments)
        self.assertEqual(document.lines[0].discount, Decimal("500.00"))

    def test_long_names_are_cut_not_refused(self):
        self.dish.name = "Mofongo " * 30
        _answer, ecf, document = self.sell()
        self.assertLessEqual(len(document.lines[0].name), 80)
        self.assertEqual(validate(ecf._xml_bytes(), signed=True), [])

    def test_product_is_named_without_its_code_which_has_its_own_place(self):
        self.dish.write({"name": "Ñame con camarón", "default_code": "D001"})
        _answer, ecf, document = self.sell()
        [line] = document.lines
        self.assertEqual(line.name, "Ñame con camarón")
        self.assertEqual(
            [(code.kind, code.code) for code in line.codes], [("Interna", "D001")]
        )
        self.assertIn("Ñame con camarón".encode(), ecf._xml_bytes())
        self.assertEqual(ecf.order_id.lines.full_product_name, "Ñame con camarón")

    def test_name_that_a_screen_sent_with_the_code_loses_it(self):
        self.dish.write({"name": "Mofongo", "default_code": "D001"})
        answer, _ecf, _document = self.sell()
        order = self.order_of(answer)
        for sent, told in (
            ("[D001] Mofongo (Grande)", "Mofongo (Grande)"),
            ("[Nuevo] Mofongo", "[Nuevo] Mofongo"),
        ):
            with order.lines._nu_unsealed() as lines:
                lines.full_product_name = sent
            document, _modified = self.env["nu.pos.ecf.describer"].of_order(order)
            self.assertEqual(document.lines[0].name, told)

    def test_repeat_signs_nothing_again(self):
        snapshot = self.snapshot(fiscal_type="E32")
        first = self.finalize(snapshot)
        again = self.finalize(snapshot)
        self.assertFalse(again["created"])
        self.assertEqual(first["fiscal"], again["fiscal"])
        self.assertEqual(len(self.ecf_of(first)), 1)

    def test_without_certificate_no_number_is_taken(self):
        self.env["nu.pos.ecf.certificate"].search([]).active = False
        before = self.Ncf.search_count([])
        snapshot = self.snapshot(fiscal_type="E32")
        self.assertProblem("ECF_NO_CERTIFICATE", self.Order._nu_submit, snapshot, True)
        self.assertEqual(self.Ncf.search_count([]), before)

    def test_expired_certificate_signs_nothing(self):
        certificates = self.env["nu.pos.ecf.certificate"].sudo().search([])
        certificates.date_until = fields.Datetime.now() - timedelta(seconds=1)
        snapshot = self.snapshot(fiscal_type="E32")
        self.assertProblem("ECF_NO_CERTIFICATE", self.Order._nu_submit, snapshot, True)

    def test_paper_sale_is_not_signed(self):
        answer = self.finalize()
        self.assertIsNone(answer["fiscal"]["security_code"])
        self.assertFalse(self.ecf_of(answer))


@tagged("post_install", "-at_install")
class TestSwitchToElectronic(EcfCase):
    def setUp(self):
        super().setUp()
        self.today = fields.Date.context_today(
            self.company.with_context(tz="America/Santo_Domingo")
        )

    def kind(self, **values):
        answer = self.finalize(self.snapshot(**values))
        return answer["fiscal"]["fiscal_type_code"]

    def test_words_follow_the_day_of_the_switch_codes_do_not(self):
        self.company.nu_ecf_start = self.today + timedelta(days=1)
        self.assertEqual(self.kind(fiscal_type="consumidor_final"), "B02")
        self.company.nu_ecf_start = self.today
        self.assertEqual(self.kind(fiscal_type="consumidor_final"), "E32")
        self.assertEqual(self.kind(fiscal_type="B02"), "B02")
        self.assertEqual(self.kind(fiscal_type="02"), "B02")

    def test_defaults_follow_the_day_of_the_switch(self):
        self.config.nu_default_document_type_id = self.type("B02")
        self.company.nu_ecf_start = self.today
        snapshot = self.snapshot()
        del snapshot["fiscal_type"]
        self.assertEqual(self.finalize(snapshot)["fiscal"]["fiscal_type_code"], "E32")
        self.company.nu_ecf_start = False
        snapshot = self.snapshot()
        del snapshot["fiscal_type"]
        self.assertEqual(self.finalize(snapshot)["fiscal"]["fiscal_type_code"], "B02")


@tagged("post_install", "-at_install")
class TestEcfEvidence(EcfCase):
    def test_nobody_writes_what_was_signed(self):
        _answer, ecf, _document = self.sell()
        with self.assertRaises(AccessError):
            ecf.with_user(self.env.ref("base.user_admin")).sudo(False).write(
                {"track_id": "x"}
            )
        for name, value in (("xml", "<x/>"), ("security_code", "aaaaaa")):
            with self.assertRaises(AccessError):
                ecf.sudo().write({name: value})
        with self.assertRaises(AccessError):
            ecf.sudo().unlink()

    def test_key_is_never_read(self):
        certificate = self.env["nu.pos.ecf.certificate"]._of(self.company)
        admin = certificate.with_user(self.env.ref("base.user_admin")).sudo(False)
        with mute_logger("odoo.addons.base.models.ir_rule"):
            with self.assertRaises(AccessError):
                admin.read(["sealed_key"])
        self.assertNotIn("sealed_key", admin.read()[0])
        self.assertNotIn("PRIVATE", repr(certificate._identity()))

    def test_key_of_another_company_does_not_open(self):
        certificate = self.env["nu.pos.ecf.certificate"]._of(self.company)
        other = self.env["res.company"].create(
            {"name": "Colmado de enfrente", "vat": "131246796"}
        )
        stolen = certificate.sudo().create(
            {
                "name": "copied row",
                "company_id": other.id,
                "sealed_key": certificate.sudo().sealed_key,
                "date_from": certificate.date_from,
                "date_until": certificate.date_until,
            }
        )
        with self.assertRaisesRegex(Exception, "does not open"):
            stolen._identity()

    def test_two_servers_share_the_secret_of_the_configuration(self):
        from odoo.tools import config

        config["nu_pos_ecf_secret"] = "a secret of the configuration file"
        self.addCleanup(config.options.pop, "nu_pos_ecf_secret", None)
        self.assertEqual(
            nu_pos_ecf_secret.read(self.env), b"a secret of the configuration file"
        )

    def test_secret_is_never_read_before_it_is_written(self):
        """Many processes that need it for the first time get one and the same."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "nu_pos" / "x.secret"
            with ThreadPoolExecutor(8) as processes:
                found = set(processes.map(nu_pos_ecf_secret._make, [path] * 16))
            self.assertEqual(found, {path.read_bytes()})
            self.assertGreaterEqual(len(path.read_bytes()), 48)
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
            self.assertEqual([one.name for one in path.parent.iterdir()], [path.name])

    def test_secret_on_a_file_system_without_links(self):
        with (
            tempfile.TemporaryDirectory() as folder,
            patch.object(nu_pos_ecf_secret.os, "link", side_effect=PermissionError),
        ):
            path = Path(folder) / "x.secret"
            made = nu_pos_ecf_secret._make(path)
            self.assertEqual(path.read_bytes(), made)
            self.assertEqual(nu_pos_ecf_secret._make(path), made)
            self.assertEqual([one.name for one in path.parent.iterdir()], [path.name])

    def test_every_fault_of_a_certificate_file_has_its_words(self):
        reason = self.env["nu.pos.ecf.certificate"]._reason
        for name in certificate_file.REASONS:
            self.assertTrue(reason(name))


@tagged("post_install", "-at_install")
class TestElectronicScreen(EcfCase):
    def setUp(self):
        super().setUp()
        self.config.nu_default_document_type_id = self.type("E32")

    def test_sale_of_the_screen_is_signed(self):
        order = self.sync(self.screen_order())
        ecf = self.env["nu.pos.ecf"]._of_ncf(order.nu_ncf_id)
        document = build.parse_ecf(ecf._xml_bytes())
        self.assertEqual(document.totals.total, Decimal("640.00"))
        self.assertEqual(document.totals.additional, Decimal("50.00"))
        self.assertEqual((order.nu_amount_itbis, order.nu_amount_tip), (90.0, 50.0))

    def test_refund_on_the_screen_is_an_electronic_note(self):
        sale = self.sync(self.screen_order())
        refund = self.sync(self.screen_refund(sale))
        ecf = self.env["nu.pos.ecf"]._of_ncf(refund.nu_ncf_id)
        self.assertEqual(ecf.modified_id.order_id, sale)
        document = build.parse_ecf(ecf._xml_bytes())
        self.assertEqual(document.kind, "34")
        self.assertEqual(document.reference.ncf, sale.nu_ncf)
        self.assertEqual(document.reference.code, Change.ANNULS)
        self.assertEqual(document.reference.reason, "Devolución")
        self.assertEqual(document.note_indicator, 0)
        self.assertEqual(document.totals.total, Decimal("640.00"))
        self.assertEqual((refund.nu_amount_itbis, refund.nu_amount_tip), (-90, -50))

    def test_refund_from_the_order_form_can_be_begun(self):
        answer, _ecf, _document = self.sell()
        order = self.order_of(answer)
        action = order.with_user(self.ref("user_manager")).refund()
        refund = self.env["pos.order"].browse(action["res_id"])
        self.assertEqual(refund.refunded_order_id, order)
        self.assertFalse(refund.nu_ncf_id)

    def test_without_certificate_the_screen_sells_nothing(self):
        self.env["nu.pos.ecf.certificate"].search([]).active = False
        self.assertProblem("ECF_NO_CERTIFICATE", self.sync, self.screen_order())
