"""The printed invoice says what Decreto 254-06 art. 8 asks."""

from html import unescape

from odoo.tests import tagged

from .account_documents import DocumentCase


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
