"""The printed representation says what was signed, and all that the norm asks."""

import base64
from io import BytesIO
from unittest.mock import patch

from lxml import html as lxml_html

from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader

from ...fiscal.ecf.printed import CONTINGENCY
from ...models.ecf import ir_actions_report
from ...models.runtime.problem import ApiProblem
from ..ecf_case import EcfCase

MODULE = "nu_restaurant_pos"


class PrintCase(EcfCase):
    def text(self, record, form):
        """What stands on the paper, as one line."""
        report = f"{MODULE}.report_{self.kinds[record._name]}_{form}"
        content = self.env["ir.actions.report"]._render_qweb_html(report, record.ids)[0]
        body = lxml_html.fromstring(content).find("body")
        return " ".join(body.text_content().split())

    kinds = {"nu.pos.ecf": "ecf", "pos.order": "order"}

    def assertSays(self, record, *texts):
        for form in ("ticket", "a4"):
            said = self.text(record, form)
            for text in texts:
                with self.subTest(form=form, text=text):
                    self.assertIn(text, said)

    def image(self, record, form):
        report = f"{MODULE}.report_ecf_{form}"
        content = self.env["ir.actions.report"]._render_qweb_html(report, record.ids)[0]
        return lxml_html.fromstring(content).find(".//img")


@tagged("post_install", "-at_install")
class TestPrintedRepresentation(PrintCase):
    def test_consumer_invoice(self):
        _answer, ecf, document = self.sell(
            self.line(qty=2, price=450.0),
            self.line(self.exempt, price=75.0),
            total=1234.5,
        )
        self.assertSays(
            ecf,
            "FACTURA DE CONSUMO ELECTRÓNICA",
            f"RNC: {self.company.vat}",
            self.company.name,
            document.issuer.address,
            ecf.name,
            "Fecha de emisión",
            f"{ecf.date_issue:%d-%m-%Y}",
            "Unidad",
            "450.00",
            "162.00",
            f"E {self.exempt.name}",
            "Subtotal gravado",
            "900.00",
            "Subtotal exento",
            "75.00",
            "Propina legal 10%",
            "Total ITBIS",
            "Total RD$",
            "1,234.50",
            "SON: MIL DOSCIENTOS TREINTA Y CUATRO PESOS CON 50/100",
            "Efectivo",
            "Código de Seguridad: " + ecf.security_code,
            "Fecha de Firma Digital:",
            "DOCUMENTO DE PRUEBA",
        )
        for form in ("ticket", "a4"):
            said = self.text(ecf, form)
            self.assertNotIn("Fecha de vencimiento", said)
            style = self.image(ecf, form).get("style")
            self.assertRegex(style, r"width: 3[46]mm", "22 mm of code and its margin")

    def test_fiscal_credit_invoice_names_buyer_and_expiry(self):
        _answer, ecf, document = self.sell(fiscal_type="E31", partner_id=self.buyer.id)
        self.assertSays(
            ecf,
            "FACTURA DE CRÉDITO FISCAL ELECTRÓNICA",
            self.buyer.name,
            f"RNC: {self.buyer.vat}",
            "Fecha de vencimiento",
            f"{document.sequence_expiry:%d-%m-%Y}",
            "Total ITBIS 18% 90.00",
        )

    def test_special_regime_marks_every_line_exempt(self):
        _answer, ecf, _document = self.sell(
            fiscal_type="E44", partner_id=self.buyer.id, total=550.0
        )
        self.assertSays(
            ecf,
            "REGÍMENES ESPECIALES ELECTRÓNICO",
            f"E {self.dish.name}",
            "Subtotal exento 500.00",
            "Propina legal 10% 50.00",
        )

    def test_credit_note_names_what_it_modifies(self):
        self.config.nu_default_document_type_id = self.type("E32")
        sale = self.sync(self.screen_order())
        refund = self.sync(self.screen_refund(sale))
        ecf = refund._nu_ecf()
        self.assertSays(
            ecf,
            "NOTA DE CRÉDITO ELECTRÓNICA",
            "e-NCF modificado",
            sale.nu_ncf,
            "1 - Anula el NCF modificado",
        )
        self.assertNotIn("Fecha de vencimiento", self.text(ecf, "a4"))

    def test_what_is_printed_is_what_was_sent(self):
        """The menu and the address change after the sale; the paper does not."""
        self.dish.name = "Mofongo de ayer"
        _answer, ecf, _document = self.sell()
        self.dish.name = "Otro plato"
        self.company.partner_id.street = "Otra calle"
        for form in ("ticket", "a4"):
            self.assertIn("Mofongo de ayer", self.text(ecf, form))
            self.assertNotIn("Otr", self.text(ecf, form))

    def test_contingency_legend_comes_and_goes(self):
        _answer, ecf, _document = self.sell()
        ecf.sudo().state = "contingency"
        self.assertSays(ecf, CONTINGENCY)
        ecf.sudo().state = "accepted"
        self.assertNotIn("Contingencia", self.text(ecf, "ticket"))
        ecf.sudo().state = "rejected"
        self.assertSays(ecf, "sin valor fiscal")

    def test_production_prints_no_watermark(self):
        self.company.nu_ecf_environment = "ecf"
        _answer, ecf, _document = self.sell()
        self.assertNotIn("PRUEBA", self.text(ecf, "ticket"))
        self.assertNotIn("PRUEBA", self.text(ecf, "a4"))

    def test_the_language_of_the_reader_changes_nothing(self):
        _answer, ecf, _document = self.sell()
        self.assertEqual(
            self.text(ecf.with_context(lang="en_US"), "a4"), self.text(ecf, "a4")
        )
        self.assertSays(ecf.with_context(lang="en_US"), "Código de Seguridad")

    def test_paper_receipt_has_title_expiry_and_no_timbre(self):
        answer = self.finalize(
            self.snapshot(fiscal_type="B01", partner_id=self.buyer.id)
        )
        order = self.order_of(answer)
        expiry = order.nu_ncf_id.range_id.date_expiry
        self.assertSays(
            order,
            "FACTURA DE CRÉDITO FISCAL",
            order.nu_ncf,
            "Válida hasta",
            f"{expiry:%d-%m-%Y}",
            self.buyer.vat,
            "Total ITBIS 18% 90.00",
            "Propina legal 10% 50.00",
        )
        self.assertNotIn("Código de Seguridad", self.text(order, "ticket"))
        self.assertNotIn("ELECTRÓNICA", self.text(order, "ticket"))

    def test_order_of_an_electronic_sale_prints_its_receipt(self):
        answer, ecf, _document = self.sell()
        order = self.order_of(answer)
        self.assertEqual(self.text(order, "ticket"), self.text(ecf, "ticket"))
        action = order.with_user(self.ref("user_cashier")).action_nu_print_ticket()
        self.assertEqual(action["report_name"], f"{MODULE}.ecf_ticket")

    def test_long_receipt_repeats_head_and_timbre_on_each_page(self):
        lines = [self.line(price=100.0) for _n in range(60)]
        _answer, ecf, _document = self.sell(*lines)
        said = self.text(ecf, "a4")
        pages = said.count("Fecha de Firma Digital")
        self.assertGreater(pages, 1)
        self.assertIn(f"Página {pages} de {pages}", said)
        self.assertEqual(said.count(self.dish.name), 60)
        self.assertEqual(said.count("Total ITBIS"), 1)

    def test_file_has_the_official_name_and_the_signed_bytes(self):
        _answer, ecf, _document = self.sell()
        self.assertEqual(ecf.file_name, f"{self.company.vat}{ecf.name}.xml")
        self.assertEqual(base64.b64decode(ecf.xml_file), ecf._xml_bytes())
        self.assertEqual(base64.b64decode(ecf.summary_file), ecf._sent_bytes())
        self.assertIn(
            f"/nu.pos.ecf/{ecf.id}/xml_file", ecf.action_download_xml()["url"]
        )


@tagged("post_install", "-at_install")
class TestPage(PrintCase):
    def test_ticket_on_a_screen_is_as_wide_as_its_roll(self):
        answer, ecf, _document = self.sell()
        for record in (ecf, self.order_of(answer)):
            report = f"{MODULE}.report_{self.kinds[record._name]}_ticket"
            render = self.env["ir.actions.report"]._render_qweb_html
            page = lxml_html.fromstring(render(report, record.ids)[0])
            self.assertEqual(page.find("body").get("class"), "page")
            self.assertIn(".page { max-width: 74mm;", page.find(".//style").text)
            with patch.object(
                type(self.env["ir.actions.report"]), "_nu_print", return_value=b""
            ) as printed:
                self.env["ir.actions.report"].with_context(
                    force_report_rendering=True
                )._render_qweb_pdf_prepare_streams(report, {}, record.ids)
            paper = lxml_html.fromstring(printed.call_args.args[0])
            self.assertIsNone(paper.find("body").get("class"), "a PDF has its paper")


@tagged("post_install", "-at_install")
class TestPdf(PrintCase):
    def pdf(self, record, form):
        report = f"{MODULE}.report_{self.kinds[record._name]}_{form}"
        content = (
            self.env["ir.actions.report"]
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf(report, record.ids)[0]
        )
        return PdfFileReader(BytesIO(content))

    def test_ticket_is_one_page_as_high_as_it_needs(self):
        _answer, short, _document = self.sell()
        _answer, long, _document = self.sell(
            *[self.line(price=100.0) for _n in range(40)]
        )
        heights = []
        for ecf in (short, long):
            pages = self.pdf(ecf, "ticket").pages
            self.assertEqual(len(pages), 1)
            box = pages[0].mediabox
            self.assertAlmostEqual(float(box.width), 80 / 25.4 * 72, delta=2)
            heights.append(float(box.height))
        self.assertGreater(heights[1], heights[0] * 2)

    def test_ticket_of_few_lines_is_one_page_with_and_without_timbre(self):
        """A thermal printer cuts where a page ends."""
        for count in range(1, 9):
            lines = [self.line(price=95.0) for _n in range(count)]
            for fiscal_type in ("B02", "E32"):
                answer = self.finalize(self.snapshot(*lines, fiscal_type=fiscal_type))
                ticket = self.pdf(self.order_of(answer), "ticket")
                with self.subTest(lines=count, fiscal_type=fiscal_type):
                    self.assertEqual(len(ticket.pages), 1)
                    said = ticket.pages[0].extract_text()
                    self.assertIn(answer["fiscal"]["reference"], said)
                    self.assertIn("Efectivo", said)

    def test_ticket_grows_until_it_is_one_page(self):
        answer = self.finalize(self.snapshot(self.line(), fiscal_type="B02"))
        with patch.object(ir_actions_report, "ticket_height", return_value=60):
            ticket = self.pdf(self.order_of(answer), "ticket")
        self.assertEqual(len(ticket.pages), 1)
        self.assertGreater(float(ticket.pages[0].mediabox.height), 60 / 25.4 * 72)

    def test_a4_has_the_pages_it_says(self):
        _answer, ecf, _document = self.sell(
            *[self.line(price=100.0) for _n in range(60)]
        )
        said = self.text(ecf, "a4")
        pages = self.pdf(ecf, "a4").pages
        self.assertEqual(len(pages), said.count("Fecha de Firma Digital"))

    def test_each_print_after_the_first_says_copia(self):
        _answer, ecf, _document = self.sell()
        first, second = (
            self.pdf(ecf, "ticket").pages[0].extract_text() for _n in range(2)
        )
        self.assertNotIn("COPIA", first)
        self.assertIn("COPIA", second)
        prints = self.env["nu_restaurant_pos.order_audit"].search(
            [("event", "=", "print"), ("ncf", "=", ecf.name)], order="id"
        )
        self.assertEqual(prints.mapped("payload"), ['{"copy":false}', '{"copy":true}'])

    def test_a_copy_needs_the_right_to_reprint_and_the_original_does_not(self):
        _answer, ecf, _document = self.sell()
        documents = (
            self.env["nu.pos.fiscal.document"]
            .with_user(self.ref("user_waiter"))
            .with_context(force_report_rendering=True)
        )
        name, content = documents.pdf(ecf.name, {})
        self.assertEqual(name, f"{ecf.name}.pdf")
        self.assertTrue(content.startswith(b"%PDF"))
        with self.assertRaises(ApiProblem) as refused:
            documents.pdf(ecf.name, {})
        self.assertEqual(refused.exception.extra["permission"], "reprint")
        manager = documents.with_user(self.ref("user_manager"))
        self.assertTrue(manager.pdf(ecf.name, {})[1].startswith(b"%PDF"))


@tagged("post_install", "-at_install")
class TestWithoutPrinter(PrintCase):
    def test_a_missing_program_is_the_servers_fault(self):
        _answer, ecf, _document = self.sell()
        Report = type(self.env["ir.actions.report"])
        with (
            patch.object(Report, "get_wkhtmltopdf_state", return_value="install"),
            self.assertRaises(ApiProblem) as refused,
        ):
            self.env["nu.pos.fiscal.document"].with_user(self.hub).pdf(ecf.name, {})
        problem = refused.exception
        self.assertEqual((problem.code, problem.http_status), ("PDF_UNAVAILABLE", 501))
        self.assertFalse(problem.body()["retryable"])
