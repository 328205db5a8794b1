"""Reports, notes and prints read what was sold and signed."""

from lxml import etree

from odoo.tests import tagged

from ..account_documents import DocumentCase
from ..month_case import OCTOBER, MonthCase

NEW_RNC, NEW_NAME = "101796822", "Otra Razón Social, SRL"


def buyer_in(ecf):
    """``(RNC, name)`` of the signed document."""
    header = etree.fromstring(ecf.xml.encode()).find("Encabezado/Comprador")
    if header is None:
        return None
    return header.findtext("RNCComprador"), header.findtext("RazonSocialComprador")


class CorrectedMixin:
    def correct(self, partner):
        """The contact is corrected, long after."""
        partner.write({"vat": NEW_RNC, "name": NEW_NAME})
        self.env.flush_all()
        self.env.invalidate_all()

    def ecf_of(self, ncf):
        return self.env["nu.pos.ecf"]._of_ncf(ncf)


@tagged("post_install", "-at_install")
class TestTill(CorrectedMixin, MonthCase):
    def setUp(self):
        super().setUp()
        self.named = (self.buyer.vat, self.buyer.name)

    def line_607(self, order):
        report = self.env["nu.pos.dgii.report"].search(
            [("format", "=", "607"), ("date_from", "=", OCTOBER)]
        )
        if report:
            report.with_user(self.accountant).action_compute()
        else:
            report = self.report("607", OCTOBER)
        return report.line_ids.filtered(lambda line: line.ncf == order.nu_ncf)

    def test_note_goes_to_the_buyer_of_the_signed_receipt(self):
        sale = self.sell(
            "2026-10-05 13:00", fiscal_type="E31", partner_id=self.buyer.id
        )
        self.assertEqual(buyer_in(self.ecf_of(sale.nu_ncf_id)), self.named)
        self.correct(self.buyer)
        note = self.give_back("2026-10-06 13:00", sale, reason="frío")
        self.assertEqual(note.nu_ncf[:3], "E34")
        self.assertEqual(buyer_in(self.ecf_of(note.nu_ncf_id)), self.named)

    def test_607_of_an_old_month_tells_the_buyer_of_then(self):
        orders = [
            self.sell(moment, fiscal_type=kind, partner_id=self.buyer.id)
            for moment, kind in (
                ("2026-10-05 13:00", "B01"),
                ("2026-10-05 14:00", "E31"),
            )
        ]
        self.correct(self.buyer)
        for order in orders:
            line = self.line_607(order)
            self.assertEqual((line.identity, line.identity_type), (self.named[0], "1"))

    def test_reprint_and_api_tell_the_buyer_of_then(self):
        order = self.sell(
            "2026-10-05 13:00", fiscal_type="B01", partner_id=self.buyer.id
        )
        before = order._printed().buyer
        invoice_before = order.account_move._nu_printed()
        self.correct(self.buyer)
        self.assertEqual(order._printed().buyer, before)
        self.assertIn(self.named[1], str(before))
        invoice = order.account_move._nu_printed()
        for name in ("buyer_name", "buyer_rnc"):
            self.assertEqual(invoice[name], invoice_before[name])
        reader = self.env["nu.pos.order.reader"].with_user(self.hub)
        told = reader.detail(str(order.id))["data"]["buyer"]
        self.assertEqual((told["rnc"], told["name"]), self.named)

    def test_guest_of_another_country_stays_one(self):
        guest = self.env["res.partner"].create(
            {"name": "Jane Doe", "nu_foreign_id": "PA-123"}
        )
        order = self.sell(
            "2026-10-05 13:00",
            self.line(price=300_000.0),
            fiscal_type="B02",
            partner_id=guest.id,
        )
        guest.nu_foreign_id = "PA-999"
        self.env.flush_all()
        line = self.line_607(order)
        self.assertEqual((line.identity, line.identity_type), ("PA123", "3"))

    def test_kind_of_a_payment_is_that_of_the_day_it_was_paid(self):
        card = [{"payment_method_id": self.card.id, "amount": 640.0}]
        order = self.sell(
            "2026-10-05 13:00",
            fiscal_type="B01",
            partner_id=self.buyer.id,
            payments=card,
        )
        self.assertEqual(self.line_607(order).card, 640.0)
        self.assertEqual(order.payment_ids.nu_kind, "card")
        self.env.cr.execute(
            "UPDATE pos_payment_method SET nu_kind = 'voucher' WHERE id = %s",
            [self.card.id],
        )
        self.env.invalidate_all()
        line = self.line_607(order)
        self.assertEqual((line.card, line.voucher), (640.0, 0.0))
        paid = self.env["nu.pos.payments.report"].search([("order_id", "=", order.id)])
        self.assertEqual(paid.mapped("kind"), ["card"])
        reader = self.env["nu.pos.order.reader"].with_user(self.hub)
        [told] = reader.detail(str(order.id))["data"]["payments"]
        self.assertEqual(told["type"], "card")

    def test_payments_of_before_the_field_are_of_their_methods_kind(self):
        order = self.sell(
            "2026-10-05 13:00", fiscal_type="B01", partner_id=self.buyer.id
        )
        with order._nu_unsealed():
            self.env.cr.execute(
                "UPDATE pos_payment SET nu_kind = NULL WHERE pos_order_id = %s",
                [order.id],
            )
        self.env.invalidate_all()
        self.assertEqual(order.payment_ids._nu_form(), "cash")
        self.assertEqual(self.line_607(order).cash, 640.0)

    def test_browser_does_not_choose_the_kind(self):
        self.config.nu_default_document_type_id = self.type("B02")
        values = self.screen_order()
        values["payment_ids"][0][2].update(nu_kind="voucher", nu_metadata={"a": 1})
        payment = self.sync(values).payment_ids
        self.assertEqual((payment.nu_kind, payment.nu_metadata), ("cash", False))


@tagged("post_install", "-at_install")
class TestOffice(CorrectedMixin, DocumentCase):
    def test_note_of_an_invoice_names_its_buyer(self):
        partner = self.buyer
        named = (partner.vat, partner.name)
        invoice = self.posted(partner, type="E31")
        self.assertEqual(buyer_in(self.ecf_of(invoice.nu_ncf_id)), named)
        self.correct(partner)
        note = self.note(invoice)
        note.action_post()
        self.assertEqual(note.nu_ncf[:3], "E34")
        self.assertEqual(buyer_in(self.ecf_of(note.nu_ncf_id)), named)
        self.assertEqual(note._nu_printed()["buyer_name"], named[1])
