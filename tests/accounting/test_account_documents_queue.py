"""Invoices of the back office after DGII's word, and around a contingency."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...fiscal.ecf import build
from ...fiscal.ecf.description import Change
from ..account_documents import DocumentCase
from ..ecf_queue import QueueCase


@tagged("post_install", "-at_install")
class TestInvoicesAndDgii(QueueCase, DocumentCase):
    def setUp(self):
        super().setUp()
        self.company.nu_ecf_start = fields.Date.today() - timedelta(days=10)
        self.mine = self.as_manager(self.company)

    def rejected(self, lives):
        move = self.posted(type="E31")
        ecf = move.nu_ecf_id
        self.sim.set(
            reject_next=1,
            reject_burns=not lives,
            reject_messages=[["2020", "Los datos del comprador no coinciden"]],
        )
        self.work()
        self.assertState(ecf, "rejected")
        self.assertEqual(ecf.number_lives, lives)
        return move, ecf

    def corrected(self, ecf):
        self.as_manager(ecf).action_correct()
        self.env.invalidate_all()
        return self.env["nu.pos.ecf"].search([("corrects_id", "=", ecf.id)])

    def test_rejected_invoice_whose_number_lives_keeps_it(self):
        move, ecf = self.rejected(True)
        self.client.sudo().name = "Hotel Caribe SRL"
        new = self.corrected(ecf)
        self.assertEqual((new.name, new.move_id), (ecf.name, move))
        self.assertEqual(
            build.parse_ecf(new._xml_bytes()).buyer.name, "Hotel Caribe SRL"
        )
        self.assertEqual(move.nu_ecf_id, new)
        self.work()
        self.assertState(new, "accepted")
        self.assertState(ecf, "rejected")
        self.assertInvariant()

    def test_rejected_invoice_whose_number_is_burned_takes_another(self):
        move, ecf = self.rejected(False)
        old = move.nu_ncf_id
        new = self.corrected(ecf)
        self.assertNotEqual(new.name, ecf.name)
        self.assertEqual((old.state, old.void_reason), ("voided", "04"))
        self.assertEqual((move.nu_ncf, move.nu_ncf_id.state), (new.name, "issued"))
        self.assertEqual(move.nu_ncf_id.move_id, move)
        self.assertEqual(move.state, "posted")
        self.work()
        self.assertState(new, "accepted")
        self.assertInvariant()

    def test_invoices_of_a_contingency_are_replaced(self):
        electronic = self.posted()
        self.assertEqual(electronic.nu_ncf[:3], "E31")
        self.mine.action_enter_contingency("incapable")
        self.env["nu.pos.ecf.contingency"]._of(self.company).date_start -= timedelta(
            seconds=5
        )
        paper = self.posted()
        self.assertEqual(paper.nu_ncf[:3], "B01")
        note = self.note(electronic, 100.0)
        note.action_post()
        self.assertEqual(note.nu_ncf[:3], "B04")
        self.mine.action_leave_contingency()
        action = self.mine.action_replace_contingency()
        made = self.env["nu.pos.ecf"].search(action["domain"])
        self.assertEqual(
            {ecf.replaces_ncf_id: ecf.name[:3] for ecf in made},
            {paper.nu_ncf_id: "E31", note.nu_ncf_id: "E34"},
        )
        for ecf in made:
            document = build.parse_ecf(ecf._xml_bytes())
            self.assertEqual(document.reference.code, Change.REPLACES_CONTINGENCY)
            self.assertEqual(document.reference.ncf, ecf.replaces_ncf_id.name)
            self.assertEqual(ecf.ncf_id.state, "issued")
            self.assertEqual(ecf.move_id.nu_ncf_id, ecf.replaces_ncf_id)
        self.assertReplacedOnce(made)
        report = self.env["nu.pos.dgii.report"].create(
            {
                "format": "607",
                "date_from": fields.Date.today(),
                "company_id": self.company.id,
            }
        )
        report.action_check()
        lost = report.problem_ids.filtered(lambda row: row.code == "NO_DOCUMENT")
        self.assertFalse(set(lost.mapped("res_id")) & set(made.ncf_id.ids))
        numbers = set(report.line_ids.mapped("ncf"))
        self.assertLessEqual({paper.nu_ncf, note.nu_ncf}, numbers)
        self.assertFalse(numbers & set(made.mapped("name")), "no second sale")
        wizard = self.env["nu.pos.ncf.void"].create(
            {"ncf_ids": [(6, 0, paper.nu_ncf_id.ids)], "action": "void", "reason": "04"}
        )
        with self.assertRaisesRegex(UserError, "replaces B01"):
            wizard.action_apply()

    def test_note_of_series_b_on_an_electronic_invoice_needs_a_contingency(self):
        electronic = self.posted()
        note = self.note(electronic)
        self.assertEqual(note.nu_document_type_id, self.type("E34"))
        note.nu_document_type_id = self.type("B04")
        with self.assertRaisesRegex(UserError, "electronic note"):
            note.action_post()
