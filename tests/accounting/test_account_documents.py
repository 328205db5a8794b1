"""Invoices and notes of the back office take their numbers from the ledger."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..account_documents import DocumentCase


@tagged("post_install", "-at_install")
class TestInvoices(DocumentCase):
    def test_invoice_takes_the_next_number_of_its_type(self):
        following = self.ref("range_b01").next_number
        move = self.posted()
        self.assertEqual(move.nu_ncf, f"B01{following:08d}")
        ncf = move.nu_ncf_id
        self.assertEqual(
            (ncf.state, ncf.pos_reference, ncf.kind, ncf.move_id, ncf.amount_total),
            ("issued", f"MOVE/{move.id}", "sale", move, 1180.0),
        )
        self.assertEqual(ncf.date_issued_day, move.invoice_date)
        self.assertInvariant()

    def test_type_follows_the_customer(self):
        self.assertEqual(self.invoice().nu_document_type_id, self.type("B01"))
        self.assertEqual(
            self.invoice(self.consumer).nu_document_type_id, self.type("B02")
        )
        self.client.nu_document_type_id = self.type("B15")
        self.assertEqual(self.invoice().nu_document_type_id, self.type("B15"))

    def test_type_follows_the_switch_to_electronic(self):
        self.company.nu_ecf_start = fields.Date.today()
        self.assertEqual(self.invoice().nu_document_type_id, self.type("E31"))
        self.assertEqual(
            self.invoice(type="B01").nu_document_type_id,
            self.type("B01"),
            "who names a type gets it",
        )

    def test_batch_gets_one_number_each(self):
        moves = self.invoice() | self.invoice() | self.invoice(self.consumer)
        moves.action_post()
        self.assertEqual(len(set(moves.mapped("nu_ncf"))), 3)
        self.assertEqual(set(moves.nu_ncf_id.mapped("state")), {"issued"})
        self.assertInvariant()

    def test_fiscal_credit_without_rnc_is_refused_and_takes_nothing(self):
        taken = self.ref("range_b01").next_number
        move = self.invoice(self.consumer, type="B01")
        self.assertRefused("RNC", move.action_post)
        self.assertEqual(self.ref("range_b01").next_number, taken)

    def test_consumer_invoice_of_the_threshold_names_its_buyer(self):
        move = self.invoice(self.consumer, price=250000.0)
        self.assertRefused("RNC", move.action_post)
        self.consumer.nu_foreign_id = "P1234567"
        move.action_post()
        self.assertTrue(move.nu_ncf)

    def test_special_regime_bears_no_itbis(self):
        move = self.invoice(type="B14")
        self.assertRefused("ITBIS", move.action_post)
        move.invoice_line_ids.tax_ids = False
        move.action_post()
        self.assertEqual(move.nu_amount_exempt, 1000.0)

    def test_future_date_is_refused(self):
        move = self.invoice(invoice_date=fields.Date.today() + timedelta(days=3))
        self.assertRefused("future", move.action_post)

    def test_invoice_without_type_is_refused(self):
        move = self.invoice()
        move.nu_document_type_id = False
        self.assertRefused("fiscal type", move.action_post)

    def test_purchase_type_numbers_no_sale(self):
        self.add_range("B11")
        move = self.invoice(type="B11")
        self.assertRefused("cannot be", move.action_post)

    def test_no_range_is_said_in_plain_words(self):
        self.env["nu.pos.ncf.range"].search(
            [("document_type_id", "=", self.type("B01").id)]
        ).state = "closed"
        self.assertRefused("no authorised range", self.invoice().action_post)

    def test_journal_without_fiscal_receipts_numbers_nothing(self):
        move = self.invoice()
        move.journal_id.sudo().nu_is_fiscal = False
        move.action_post()
        self.assertFalse(move.nu_ncf_id)

    def test_posting_that_fails_finds_its_number_again(self):
        move = self.invoice()
        move._nu_take_ahead()
        held = move._nu_reserved()
        self.assertEqual(held.state, "reserved")
        move.action_post()
        self.assertEqual(move.nu_ncf_id, held)

    def test_changed_type_gives_the_first_number_back(self):
        move = self.invoice()
        move._nu_take_ahead()
        first = move._nu_reserved()
        move.nu_document_type_id = self.type("B02")
        move.action_post()
        self.assertEqual(move.nu_document_type_id, self.type("B02"))
        self.assertEqual(first.state, "released")
        self.assertInvariant()

    def test_cancelled_draft_gives_its_number_back(self):
        move = self.invoice()
        move._nu_take_ahead()
        held = move._nu_reserved()
        move.button_cancel()
        self.assertEqual(held.state, "released")

    def test_deleted_draft_gives_its_number_back(self):
        move = self.invoice()
        move._nu_take_ahead()
        held = move._nu_reserved()
        move.unlink()
        self.assertEqual(held.state, "released")

    def test_till_sale_keeps_its_own_number(self):
        answer = self.finalize(
            self.snapshot(fiscal_type="B01", partner_id=self.buyer.id)
        )
        order = self.order_of(answer)
        move = order.account_move
        if not move:
            order.action_pos_order_invoice()
            move = order.account_move
        self.assertEqual(move.nu_ncf_id, order.nu_ncf_id)
        self.assertEqual(move.nu_document_type_id, self.type("B01"))
        self.assertEqual(
            (move.nu_amount_goods, move.nu_amount_itbis, move.nu_amount_tip),
            (500.0, order.nu_amount_itbis, order.nu_amount_tip),
        )
        self.assertFalse(move.nu_ncf_id.move_id)


@tagged("post_install", "-at_install")
class TestSealedInvoices(DocumentCase):
    def test_issued_invoice_goes_not_back_to_draft(self):
        move = self.posted()
        self.assertFalse(move.show_reset_to_draft_button)
        self.assertRefused("credit note", move.button_draft)
        self.assertRefused("credit note", move.button_cancel)
        self.assertEqual(move.state, "posted")

    def test_issued_invoice_is_not_deleted(self):
        move = self.posted()
        self.assertRefused(
            "nothing of it is deleted",
            move.with_context(force_delete=True).sudo().unlink,
        )

    def test_buyer_and_type_of_an_issued_invoice_stand(self):
        move = self.posted()
        self.assertRefused("is issued", move.write, {"partner_id": self.consumer.id})
        self.assertRefused(
            "is issued", move.write, {"nu_document_type_id": self.type("B02").id}
        )
        move.write({"nu_income_type": "06"})
        self.assertEqual(move.nu_income_type, "06")

    def test_nobody_writes_a_number(self):
        move = self.invoice()
        for values in ({"nu_ncf_id": 1}, {"nu_amount_itbis": 1.0}):
            with self.assertRaises(AccessError):
                move.write(values)

    def test_number_never_delivered_is_annulled_with_its_invoice(self):
        move = self.posted()
        manager = self.ref("user_manager")
        wizard = (
            self.env["nu.pos.ncf.void"]
            .with_user(manager)
            .create(
                {"ncf_ids": [(6, 0, move.nu_ncf_id.ids)], "action": "void",
                 "reason": "04"}
            )
        )  # fmt: skip
        wizard.action_apply()
        self.assertEqual((move.nu_ncf_id.state, move.state), ("voided", "cancel"))
        self.assertEqual(move.nu_ncf_id.void_reason, "04")
        self.assertInvariant()

    def test_annulled_invoice_is_posted_again_with_another_number(self):
        move = self.posted()
        first = move.nu_ncf_id
        first.sudo()._void("04")
        move.button_draft()
        move.action_post()
        self.assertNotEqual(move.nu_ncf_id, first)
        self.assertEqual(move.nu_ncf_id.state, "issued")

    def test_electronic_number_is_not_annulled_by_hand(self):
        move = self.posted(type="E31")
        wizard = self.env["nu.pos.ncf.void"].create(
            {"ncf_ids": [(6, 0, move.nu_ncf_id.ids)], "reason": "04"}
        )
        self.assertRefused("credit note", wizard.action_apply)

    def test_biller_posts_and_cashier_does_not(self):
        self.assertTrue(self.posted(user=self.biller).nu_ncf)
        move = self.invoice()
        with self.assertRaises(AccessError):
            move.with_user(self.ref("user_cashier")).action_post()


@tagged("post_install", "-at_install")
class TestNotes(DocumentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.add_range("B03")

    def test_credit_note_names_its_original(self):
        original = self.posted()
        note = self.note(original)
        note.action_post()
        self.assertEqual(note.nu_ncf[:3], "B04")
        self.assertEqual(note.nu_modified_ncf, original.nu_ncf)
        self.assertEqual(note.nu_modified_date, original.invoice_date)
        self.assertEqual(note.nu_note_reason, "Devolución")
        self.assertEqual(note.nu_ncf_id.kind, "credit_note")
        self.assertEqual(note.nu_amount_itbis, 180.0, "positive on notes too")

    def test_debit_note_has_its_own_type(self):
        original = self.posted()
        note = self.debit_note(original, 100.0)
        note.action_post()
        self.assertEqual(note.nu_ncf[:3], "B03")
        self.assertEqual(note.nu_ncf_id.kind, "debit_note")
        self.assertEqual(note.nu_modified_ncf, original.nu_ncf)

    def test_notes_never_give_back_more_than_the_original(self):
        original = self.posted()
        self.note(original, 700.0).action_post()
        second = self.note(original, 300.01)
        self.assertRefused("gives back", second.action_post)
        second.invoice_line_ids.price_unit = 300.0
        second.action_post()
        self.assertEqual(second.state, "posted")

    def test_note_of_a_paper_receipt_after_the_switch_is_electronic(self):
        original = self.posted()
        self.company.nu_ecf_start = fields.Date.today()
        self.assertEqual(self.note(original).nu_document_type_id, self.type("E34"))

    def test_electronic_receipt_takes_no_paper_note(self):
        original = self.posted(type="E31")
        note = self.note(original)
        self.assertEqual(note.nu_document_type_id, self.type("E34"))
        note.nu_document_type_id = self.type("B04")
        self.assertRefused("electronic note", note.action_post)

    def test_late_note_is_marked(self):
        day = fields.Date.today() - timedelta(days=31)
        original = self.posted(invoice_date=day)
        note = self.note(original)
        note.invoice_date = fields.Date.today()
        self.assertTrue(note.nu_is_late_note)
        self.assertIn("338", note.nu_warnings)
        note.invoice_date = fields.Date.today() - timedelta(days=1)
        self.assertFalse(note.nu_is_late_note, "30 days are not late")

    def test_note_goes_to_the_same_buyer(self):
        note = self.note(self.posted())
        note.partner_id = self.supplier
        self.assertRefused("as the receipt", note.action_post)

    def test_note_of_an_annulled_number_is_refused(self):
        original = self.posted()
        note = self.note(original)
        original.nu_ncf_id.sudo()._void("04")
        self.assertRefused("annulled", note.action_post)

    def test_note_of_a_receipt_not_in_odoo_is_typed_in(self):
        note = self.invoice(move_type="out_refund")
        self.assertRefused("names the number", note.action_post)
        note.nu_modified_ncf = "B0100009"
        note.nu_modified_date = fields.Date.today()
        self.assertRefused("not a fiscal number", note.action_post)
        note.nu_modified_ncf = "B0100000999"
        note.action_post()
        self.assertEqual(note.nu_ncf[:3], "B04")

    def test_reversal_at_one_click_is_numbered_in_its_transaction(self):
        original = self.posted()
        notes = original._reverse_moves(cancel=True)
        self.assertEqual(notes.state, "posted")
        self.assertEqual(notes.nu_ncf_id.state, "issued")
        self.assertInvariant()

    def test_one_of_a_batch_that_is_wrong_posts_none(self):
        good, bad = self.invoice(), self.invoice(self.consumer, type="B01")
        with self.assertRaises(UserError):
            (good | bad).action_post()
        self.assertEqual((good | bad).mapped("state"), ["draft", "draft"])
