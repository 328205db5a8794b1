"""The buyer of a numbered document is the one who was named when it was issued."""

from odoo import Command
from odoo.modules.migration import load_script
from odoo.tools import file_path

from ...models.evidence.nu_pos_guarded import unsealed
from ..common import FiscalCase

MIGRATION = "nu_restaurant_pos/migrations/19.0.1.1.0/post-buyer_as_sold.py"
BUYER = ["nu_buyer_name", "nu_buyer_vat", "nu_buyer_foreign_id"]


def facts(document):
    return tuple(document[name] for name in BUYER)


class TestBuyerAsSold(FiscalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.named = (cls.buyer.name, cls.buyer.vat, False)

    def test_a_hubs_sale_keeps_the_company_and_its_rnc(self):
        answer = self.finalize(
            self.snapshot(fiscal_type="B01", partner_id=self.buyer.id)
        )
        order = self.order_of(answer)
        self.assertEqual(facts(order), self.named)
        self.assertEqual(facts(order.account_move), self.named)
        self.buyer.write({"name": "Otra Razón Social", "vat": "101001577"})
        self.env.invalidate_all()
        self.assertEqual(facts(order), self.named)
        self.assertEqual(facts(order.account_move), self.named)

    def test_a_contact_of_a_company_buys_for_the_company(self):
        person = self.env["res.partner"].create(
            {"name": "Ana Compras", "parent_id": self.buyer.id}
        )
        answer = self.finalize(self.snapshot(fiscal_type="B01", partner_id=person.id))
        self.assertEqual(facts(self.order_of(answer)), self.named)

    def test_the_registers_anonymous_customer_is_no_buyer(self):
        self.assertTrue(self.config.nu_default_partner_id)
        order = self.order_of(self.finalize())
        self.assertEqual(facts(order), (False, False, False))

    def test_a_draft_of_the_hub_has_its_buyer_when_it_is_sold(self):
        body = self.snapshot(fiscal_type="B01", partner_id=self.buyer.id)
        draft = {**body}
        draft.pop("payments")
        created = self.Order._nu_submit(draft, finalize=False)
        order = self.order_of(created.body)
        self.assertEqual(facts(order), (False, False, False))
        self.finalize(body)
        self.assertEqual(facts(order), self.named)

    def test_a_sale_of_odoos_screen_keeps_its_buyer_and_so_does_its_refund(self):
        self.config.nu_default_document_type_id = self.type("B02")
        guest = self.env["res.partner"].create(
            {"name": "Jane Doe", "nu_foreign_id": "PA1234567"}
        )
        sale = self.sync(self.screen_order(partner_id=guest.id))
        self.assertEqual(facts(sale), ("Jane Doe", False, "PA1234567"))
        guest.name = "Jane Roe"
        refund = self.sync(self.screen_refund(sale))
        self.assertRegex(refund.nu_ncf, "^B04")
        self.assertEqual(facts(refund), ("Jane Doe", False, "PA1234567"))

    def test_a_return_over_the_api_names_whom_the_sale_named(self):
        answer = self.finalize(
            self.snapshot(fiscal_type="B01", partner_id=self.buyer.id)
        )
        self.buyer.name = "Otra Razón Social"
        back = self.env["nu.pos.refund"].with_user(self.ref("user_manager"))
        note = back.submit(str(answer["order_id"]), {"reason": "frío"}).body
        self.assertEqual(facts(self.order_of(note)), self.named)

    def test_a_receipt_of_another_type_names_the_new_buyer(self):
        order = self.order_of(self.finalize())
        answer = (
            self.env["nu.pos.reissue"]
            .with_user(self.ref("user_manager"))
            .submit(
                {
                    "order_ref": str(order.id),
                    "fiscal_type": "B01",
                    "partner_id": self.buyer.id,
                }
            )
        )
        self.assertEqual(facts(self.order_of(answer.body)), self.named)
        self.assertEqual(facts(order), (False, False, False))

    def test_an_invoice_of_the_back_office_keeps_its_customer(self):
        invoice = (
            self.env["account.move"]
            .with_company(self.company)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.buyer.id,
                    "nu_document_type_id": self.type("B01").id,
                    "invoice_line_ids": [
                        Command.create(
                            {"name": "Banquete", "quantity": 1, "price_unit": 1000}
                        )
                    ],
                }
            )
        )
        self.assertEqual(facts(invoice), (False, False, False))
        invoice.action_post()
        self.assertEqual(facts(invoice), self.named)
        self.buyer.vat = "101001577"
        self.assertEqual(facts(invoice), self.named)

    def test_the_migration_takes_todays_contact_and_what_dgii_got(self):
        """Documents of before: signed ones by what was signed, others by the contact"""
        paper = self.order_of(
            self.finalize(self.snapshot(fiscal_type="B01", partner_id=self.buyer.id))
        )
        anonymous = self.order_of(self.finalize())
        documents = paper | anonymous
        with unsealed(self.env):
            self.env.cr.execute(
                "UPDATE pos_order SET nu_buyer_name = NULL, nu_buyer_vat = NULL"
                " WHERE id IN %s",
                [tuple(documents.ids)],
            )
            self.env.cr.execute(
                "UPDATE account_move SET nu_buyer_name = NULL, nu_buyer_vat = NULL"
                " WHERE id = %s",
                [paper.account_move.id],
            )
        self.run_migration()
        self.env.invalidate_all()
        self.assertEqual(facts(paper), self.named)
        self.assertEqual(facts(paper.account_move), self.named)
        self.assertEqual(facts(anonymous), (False, False, False))

    def run_migration(self):
        script = load_script(file_path(MIGRATION), "buyer_as_sold")
        script.migrate(self.env.cr, "19.0.1.0.0")
