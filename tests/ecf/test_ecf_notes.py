"""What DGII asks of notes since 23-09-2025, refused before a number is taken; and the
buyer of a note, who is the one of the receipt."""

from odoo import fields
from odoo.tests import tagged

from ...fiscal.ecf import build
from ...fiscal.ecf.validate import validate
from ...models.runtime.problem import ApiProblem
from ..account_documents import DocumentCase
from ..ecf_case import EcfCase

OTHER = "101010632"


class NumbersMixin:
    def numbers(self):
        """Numbers that are taken, of all notes."""
        return self.env["nu.pos.ncf"].search_count(
            [
                ("company_id", "=", self.company.id),
                ("document_type_id.doc_code_prefix", "in", ("E33", "E34")),
            ]
        )


@tagged("post_install", "-at_install")
class TestNotesOfInvoices(NumbersMixin, DocumentCase):
    def setUp(self):
        super().setUp()
        self.original = self.posted(type="E31")

    def document_of(self, move):
        xml = move.nu_ecf_id._xml_bytes()
        self.assertEqual(validate(xml, signed=True), [])
        return build.parse_ecf(xml)

    def test_nothing_modifies_what_a_note_annulled_as_a_whole(self):
        prepared = self.debit_note(self.original, 50.0)
        credit = self.note(self.original, 10.0)
        note = self.note(self.original)
        note.action_post()
        taken = self.numbers()
        refused = rf"{self.original.nu_ncf} was annulled as a whole by {note.nu_ncf}"
        for attempt in (
            prepared.action_post,
            credit.action_post,
            lambda: self.debit_note(self.original, 50.0),
            lambda: self.note(self.original, 10.0),
        ):
            self.assertRefused(refused, attempt)
        self.assertEqual(self.numbers(), taken)
        self.assertFalse(prepared.nu_ncf)

    def test_rejected_note_annuls_nothing(self):
        note = self.note(self.original)
        note.action_post()
        note.nu_ecf_id.sudo().state = "rejected"
        debit = self.debit_note(self.original, 50.0)
        debit.action_post()
        self.assertEqual(self.document_of(debit).reference.ncf, self.original.nu_ncf)

    def test_note_modifies_the_receipt_and_no_note(self):
        note = self.note(self.original, 100.0)
        note.action_post()
        taken = self.numbers()
        for attempt in (
            lambda: self.debit_note(note, 50.0),
            lambda: self.note(note),
            lambda: self.debit_note(note, 50.0).action_post(),
        ):
            self.assertRefused(f"{note.nu_ncf} is a note itself", attempt)
        self.assertEqual(self.numbers(), taken)

    def test_receipt_that_a_note_corrected_takes_more(self):
        note = self.note(self.original, 100.0)
        note.action_post()
        debit = self.debit_note(self.original, 50.0)
        debit.action_post()
        self.assertEqual(self.document_of(debit).reference.ncf, self.original.nu_ncf)

    def test_buyer_is_the_one_whom_the_receipt_names(self):
        """Message 615, whatever becomes of the contact in between."""
        was = self.document_of(self.original).buyer
        self.client.write({"vat": OTHER, "name": "Hotel Atlántico"})
        for note in (self.note(self.original, 10.0), self.debit_note(self.original, 5)):
            note.action_post()
            buyer = self.document_of(note).buyer
            self.assertEqual((buyer.rnc, buyer.name), (was.rnc, was.name))

    def test_buyer_of_a_receipt_on_paper_is_the_one_it_was_sold_to(self):
        original = self.posted(type="B01")
        self.company.nu_ecf_start = fields.Date.today()
        self.client.write({"vat": OTHER, "name": "Hotel Atlántico"})
        note = self.note(original, 10.0)
        note.action_post()
        self.assertEqual(note.nu_ncf[:3], "E34")
        buyer = self.document_of(note).buyer
        self.assertEqual((buyer.rnc, buyer.name), ("131246796", "Hotel Caribe, SRL"))

    def test_nothing_is_signed_that_modifies_a_note(self):
        note = self.note(self.original, 100.0)
        note.action_post()
        debit = self.debit_note(self.original, 50.0)
        debit.action_post()
        document = build.parse_ecf(debit.nu_ecf_id._xml_bytes())
        ecfs = self.env["nu.pos.ecf"].sudo()
        with self.assertRaises(ApiProblem) as caught:
            ecfs._sign(debit.nu_ncf_id, document, note.nu_ecf_id)
        self.assertEqual(caught.exception.code, "ECF_INVALID")

    def test_end_of_a_long_name_tells_documents_apart(self):
        move = self.invoice(type="E31")
        move.name = "FACTURAS/PRINCIPAL/2026/11/00017"
        move.action_post()
        self.assertEqual(
            self.document_of(move).internal_number, "RINCIPAL/2026/11/00017"[-20:]
        )


@tagged("post_install", "-at_install")
class TestNotesOfSales(NumbersMixin, EcfCase):
    def setUp(self):
        super().setUp()
        self.Refund = self.env["nu.pos.refund"].with_user(self.ref("user_manager"))

    def refund(self, answer, **wire):
        body = self.Refund.submit(str(answer["order_id"]), wire).body
        self.env.invalidate_all()
        order = self.env["pos.order"].browse(body["refund_id"])
        return self.env["nu.pos.ecf"]._of_ncf(order.sudo().nu_ncf_id)

    def test_buyer_is_the_one_whom_the_receipt_names(self):
        answer, _ecf, document = self.sell(
            self.line(id="a", qty=2), fiscal_type="E31", partner_id=self.buyer.id
        )
        self.buyer.write({"vat": OTHER, "name": "Otra razón social"})
        note = build.parse_ecf(
            self.refund(answer, lines=[{"id": "a", "qty": 1}])._xml_bytes()
        )
        self.assertEqual(
            (note.buyer.rnc, note.buyer.name), (document.buyer.rnc, document.buyer.name)
        )

    def test_consumer_whom_nobody_named_stays_so(self):
        answer, ecf, document = self.sell()
        note = build.parse_ecf(self.refund(answer)._xml_bytes())
        self.assertFalse(document.buyer and document.buyer.rnc)
        self.assertFalse(note.buyer and (note.buyer.rnc or note.buyer.foreign_id))
        self.assertEqual(self.env["nu.pos.ecf"].annulling(ecf.ncf_id).name[:3], "E34")

    def test_name_of_an_order_is_told_by_its_end(self):
        _answer, ecf, document = self.sell()
        name = ecf.order_id.name
        self.assertEqual(document.internal_number, name[-20:].lstrip(" -/"))

    def test_only_dominican_phones_are_told(self):
        told = {
            "809-555-0142": ("809-555-0142",),
            "+1 (829) 555-0143": ("829-555-0143",),
            "809-555-0142 ext. 12": ("809-555-0142",),
            "809-555-0142 / 849-555-0144": ("809-555-0142", "849-555-0144"),
            "555-0142": (),
            "+34 912 345 678": (),
            "8095550142012": (),
            "": (),
        }
        for phone, wanted in told.items():
            with self.subTest(phone):
                self.company.partner_id.phone = phone
                _answer, ecf, document = self.sell()
                self.assertEqual(document.issuer.phones, wanted)
                self.assertEqual(validate(ecf._xml_bytes(), signed=True), [])
