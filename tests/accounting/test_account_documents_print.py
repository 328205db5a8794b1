"""The printed invoice says what Decreto 254-06 art. 8 asks."""

from html import unescape
from io import BytesIO
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader, PdfFileWriter

from ..account_documents import DocumentCase


@tagged("post_install", "-at_install")
class TestPrintedInvoice(DocumentCase):
    def printed(self, move):
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "account.account_invoices", move.ids
        )
        return " ".join(unescape(html.decode()).split())

    def test_paper_invoice(self):
        move = self.posted(taxes=self.itbis | self.tip)
        text = self.printed(move)
        for words in (
            "FACTURA DE CRÉDITO FISCAL",
            move.nu_ncf,
            "31/12/2027",
            "1-31-87654-4",
            self.company.name,
            "Calle El Conde 204",
            "1-31-24679-6",
            "Hotel Caribe, SRL",
            "Propina",
            "MIL DOSCIENTOS OCHENTA PESOS CON 00/100",
        ):
            self.assertIn(words, text)
        self.assertNotIn("nu_timbre", text)

    def test_note_names_the_modified_number(self):
        original = self.posted()
        note = self.note(original)
        note.action_post()
        text = self.printed(note)
        self.assertIn("NOTA DE CRÉDITO", text)
        self.assertIn(original.nu_ncf, text)
        self.assertIn("Devolución", text)
        self.assertFalse(note._nu_printed()["valid_until"], "B04 does not expire")

    def test_electronic_invoice_carries_timbre_and_code(self):
        move = self.posted(type="E31")
        text = self.printed(move)
        self.assertIn("FACTURA DE CRÉDITO FISCAL ELECTRÓNICA", text)
        self.assertIn(move.nu_ecf_id.security_code, text)
        self.assertIn("data:image/png;base64,", text)

    def test_exempt_line_is_marked(self):
        text = self.printed(self.posted(taxes=self.itbis.browse()))
        self.assertIn('<span class="ms-1">E</span>', text)

    def test_draft_shows_no_number(self):
        move = self.invoice()
        move._nu_take_ahead()
        self.assertEqual(move._nu_printed(), {})
        self.assertNotIn("FACTURA DE CRÉDITO FISCAL", self.printed(move))

    def test_dollars_are_called_dollars(self):
        usd = self.env.ref("base.USD")
        usd.active = True
        move = self.posted(currency_id=usd.id)
        self.assertEqual(
            move._nu_printed()["in_words"], "MIL CIENTO OCHENTA DÓLARES CON 00/100"
        )


@tagged("post_install", "-at_install")
class TestCopiesOfInvoices(DocumentCase):
    """A number has one original, on whatever paper; printing refuses nobody who may
    read the invoice."""

    def pdf(self, moves, user=None, **data):
        reports = self.env["ir.actions.report"].with_user(user or self.accountant)
        content, kind = reports.with_context(
            force_report_rendering=True
        )._render_qweb_pdf("account.account_invoices", moves.ids, data)
        self.assertEqual(kind, "pdf")
        return [page.extract_text() for page in PdfFileReader(BytesIO(content)).pages]

    def prints(self, ncf):
        rows = self.env["nu_restaurant_pos.order_audit"].search(
            [("event", "=", "print"), ("ncf", "=", ncf)], order="id"
        )
        return [(row.user_id, row.payload) for row in rows]

    def test_each_print_after_the_first_says_copia(self):
        move = self.posted()
        first, second = ("".join(self.pdf(move)) for _n in range(2))
        self.assertIn(move.nu_ncf, first)
        self.assertNotIn("COPIA", first)
        self.assertIn("COPIA", second)
        self.assertEqual(
            self.prints(move.nu_ncf),
            [
                (self.accountant, '{"copy":false}'),
                (self.accountant, '{"copy":true}'),
            ],
        )
        without_payment = self.env["ir.actions.report"]._render_qweb_html(
            "account.account_invoices_without_payment", move.ids
        )
        self.assertIn("COPIA", without_payment[0].decode())

    def test_print_of_many_marks_and_records_each_by_itself(self):
        printed, fresh = self.posted(), self.posted()
        printed.nu_ncf_id.sudo()._note_print(False)
        both = printed | fresh
        reports = self.env["ir.actions.report"].with_context(
            force_report_rendering=True
        )
        pages = PdfFileWriter()
        for _move in both:
            pages.add_blank_page(595, 842)
        content = BytesIO()
        pages.write(content)
        Report = type(reports)
        # Debian's wkhtmltopdf prints one at a time
        with patch.object(
            Report, "_run_wkhtmltopdf", return_value=content.getvalue()
        ) as run:
            reports._render_qweb_pdf("account.account_invoices", both.ids)
        bodies = run.call_args.args[0]
        said = {
            move.nu_ncf: "COPIA" in body
            for move, body in zip(both, map(str, bodies), strict=True)
            if move.nu_ncf in body
        }
        self.assertEqual(said, {printed.nu_ncf: True, fresh.nu_ncf: False})
        self.assertEqual(
            [payload for _user, payload in self.prints(printed.nu_ncf)],
            ['{"copy":false}', '{"copy":true}'],
        )
        self.assertEqual(
            [payload for _user, payload in self.prints(fresh.nu_ncf)],
            ['{"copy":false}'],
        )

    def test_invoice_after_the_ticket_of_its_sale_is_a_copy(self):
        answer = self.finalize(
            self.snapshot(fiscal_type="B01", partner_id=self.buyer.id)
        )
        order = self.order_of(answer)
        move = order.account_move
        self.assertEqual(move.nu_ncf, order.nu_ncf)
        order.nu_ncf_id._note_print(False)
        self.assertIn("COPIA", "".join(self.pdf(move)))
        rows = self.env["nu_restaurant_pos.order_audit"].search(
            [("event", "=", "print"), ("ncf", "=", order.nu_ncf)]
        )
        self.assertEqual(set(rows.mapped("order_res_id")), {order.id})
        self.assertEqual(set(rows.mapped("pos_reference")), {order.pos_reference})

    def test_what_odoo_stores_and_sends_is_the_document_itself(self):
        move = self.posted()
        self.pdf(move)
        self.env["account.move.send"].with_context(
            force_report_rendering=True
        )._generate_and_send_invoices(move, sending_methods=[])
        stored = PdfFileReader(BytesIO(move.invoice_pdf_report_id.raw))
        said = "".join(page.extract_text() for page in stored.pages)
        self.assertIn(move.nu_ncf, said)
        self.assertNotIn("COPIA", said)
        self.assertEqual(len(self.prints(move.nu_ncf)), 2)
        self.assertIn("COPIA", "".join(self.pdf(move)))

    def test_caller_chooses_no_original(self):
        move = self.posted()
        move.nu_ncf_id.sudo()._note_print(False)
        for chosen in (False, True, "original"):
            reports = self.env["ir.actions.report"].with_context(
                nu_copy=chosen, nu_printing=chosen, force_report_rendering=True
            )
            content, _kind = reports._render_qweb_pdf(
                "account.account_invoices", move.ids, {"nu_copy": chosen}
            )
            pages = PdfFileReader(BytesIO(content)).pages
            self.assertIn("COPIA", "".join(page.extract_text() for page in pages))
        self.assertEqual(len(self.prints(move.nu_ncf)), 4)
