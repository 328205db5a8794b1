"""Every step of DGII's certification that software does, against the simulator.

Proceso de Certificación (July 2025): of 14 steps the others are DGII's forms and its
portal (1, 6, 7, 12 to 14).
"""

import json
import zipfile
from datetime import datetime, timezone
from io import BytesIO
from unittest.mock import patch

from lxml import html as lxml_html

from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader

from odoo.addons.base.models.ir_cron import IrCron

from ...fiscal.ecf import build, messages
from ...fiscal.ecf.description import Change
from ...fiscal.ecf.signature import verify
from ...fiscal.ecf.validate import validate
from ...models.ecf import nu_pos_ecf_certification
from .. import dgii_sim
from ..account_documents import DocumentCase
from ..common import ApiCase
from ..ecf_queue import set_up_company
from ..ecf_reception import ReceptionMixin, xmlsec_holds
from ..fiscal_ecf import shared
from .test_ecf_certification import CertificationMixin, workbook

TAXPAYER = "133470616"
#: DGII, which writes to the taxpayer and whom the set names as buyer.
TESTER = dgii_sim.dgii_simulator.tester.RNC
_KINDS = {"31", "32", "33", "34", "41", "43", "44", "45", "46", "47"}


@tagged("post_install", "-at_install")
class TestWholeCertification(CertificationMixin, ReceptionMixin, DocumentCase, ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._load_reception()
        cls.approvals = json.loads(
            shared("certification", f"aprobaciones-comerciales-{TAXPAYER}.json")
        )
        for prefix in ("E41", "E43", "E46", "E47"):
            cls.add_range(prefix)
        cls.company.nu_ecf_environment = "certecf"
        set_up_company(cls.env, cls.company, cls.sim.url)

    def setUp(self):
        super().setUp()
        self.sim.set(schemas=dgii_sim.schemas())

    def test_whole_certification(self):
        data_set = self.step_2_data()
        self.step_3_approvals()
        ecfs = self.step_4_simulation()
        self.step_5_printed(ecfs)
        tester = dgii_sim.dgii_simulator.Tester(
            self.reach, TAXPAYER, lambda: datetime.now(timezone.utc)
        )
        self.steps_8_and_9_reception(tester)
        self.steps_10_and_11_answers(tester, data_set)

    def test_tester_writes_as_dgiis_simulator_does(self):
        """Version 1, no decimals, hours of one digit, empty elements, white space added
        after signing: the signature holds as DGII verifies, without it."""
        tester = dgii_sim.dgii_simulator.tester
        at = datetime(2026, 7, 1, 12, 5, tzinfo=timezone.utc)
        document = tester.document(TAXPAYER, "E310000000001", "31", None, at)
        row = self.sheets["ECF"][0]
        approval = tester.approval({**row, "eNCF": row["ENCF"]}, False, at)
        for xml, said in (
            (document, ("<MontoTotal>354000</MontoTotal>", "<ITBIS1>18</ITBIS1>")),
            (approval, ("<DetalleMotivoRechazo>No recibido conforme<",)),
        ):
            text = xml.decode()
            for words in ("\r\n    <Version>1</Version>\r\n", " 8:05:00<", *said):
                self.assertIn(words, text)
            self.assertNotRegex(text, r"<Monto\w+>\d+\.00<")
            self.assertTrue(verify(xml).ok)
        self.assertIn("<NombreComercial/>", document.decode())
        note = tester.document(TAXPAYER, "E340000000001", "34", "E310000000001", at)
        self.assertIn("<CodigoModificacion>3</CodigoModificacion>", note.decode())

    # -- 2: documents of DGII's set, each field as given ---------------------------

    def step_2_data(self):
        record = self.begin(workbook(self.sheets), environment="certecf")
        self.run_set(record)
        self.assertEqual(record.line_count, 25)
        self.assertEqual(len(self.sim.accepted()), 25)
        # of small consumer invoices DGII gets the summary; the whole is for its portal
        summaries = record.line_ids.filtered(lambda line: line.document == "RFCE")
        self.assertEqual(
            set(summaries.mapped("name")), {row["ENCF"] for row in self.sheets["RFCE"]}
        )
        self.assertEqual(summaries.mapped("state"), ["accepted"] * 4)
        with zipfile.ZipFile(BytesIO(record._zip())) as archive:
            for line in summaries:
                self.assertIn(f"ecf/{TAXPAYER}{line.name}.xml", archive.namelist())
        return record

    def run_set(self, record):
        record.action_run()
        with (
            patch.object(IrCron, "_commit_progress", return_value=60),
            patch.object(nu_pos_ecf_certification, "_PAUSE", 0),
        ):
            self.env["nu.pos.ecf.certification"].sudo()._cron_run()
        told = [
            (line.name, line.document, line.state, line.problems)
            for line in record.line_ids
            if line.sends and not line.is_accepted
        ]
        self.assertEqual(told, [])
        self.assertEqual(record.state, "done")

    # -- 3: commercial approvals of what DGII says it sold -------------------------

    def step_3_approvals(self):
        record = self.begin(workbook({"Hoja1": self.approvals}), environment="certecf")
        self.assertEqual(set(record.line_ids.mapped("document")), {"ACECF"})
        self.run_set(record)
        self.assertEqual(
            self.sim.books.approvals,
            [(row["RNCEmisor"], row["eNCF"]) for row in self.approvals],
        )
        for line, row in zip(record.line_ids, self.approvals, strict=True):
            self.assertEqual(line.file_name, f"{TAXPAYER}{row['eNCF']}.xml")
            told = messages.parse_acecf(line.xml.encode())
            self.assertEqual(f"{told.total:.2f}", row["MontoTotal"])
        sent = [one.xml for one in self.sim.books.deliveries if one.xml]
        for line in record.line_ids:
            self.assertIn(line.xml.encode(), sent)

    # -- 4: documents of one's own, of all types -----------------------------------

    def step_4_simulation(self):
        self.sim.reset()
        no_tax = self.itbis.browse()
        chart = self.env["account.chart.template"].with_company(self.company)
        abroad = self.env["res.partner"].create(
            {"name": "Cloud POS LLC", "country_id": self.env.ref("base.us").id}
        )
        invoice = self.posted(type="E31")
        for move in (
            self.debit_note(invoice, 100.0),
            self.note(invoice, 50.0),
            self.invoice(
                self.plumber,
                move_type="in_invoice",
                type="E41",
                price=2000.0,
                taxes=self.person_services,
            ),  # fmt: skip
            self.invoice(
                self.plumber, move_type="in_invoice", type="E43", taxes=no_tax
            ),  # fmt: skip
            self.invoice(type="E44", taxes=no_tax),
            self.invoice(type="E45"),
            self.invoice(type="E46", taxes=no_tax),
            self.invoice(
                abroad,
                move_type="in_invoice",
                type="E47",
                taxes=chart.ref("ret_27_income_remittance"),
            ),  # fmt: skip
        ):
            move.action_post()
        # the till: consumers below and above the threshold, and what they bring back
        small = self.finalize(self.snapshot(fiscal_type="E32"))
        self.finalize(
            self.snapshot(
                self.line(price=300_000.0), fiscal_type="E32", partner_id=self.buyer.id
            )
        )
        self.env["nu.pos.refund"].with_user(self.manager).submit(
            str(small["order_id"]), {}
        )
        self.work()
        ecfs = self.env["nu.pos.ecf"].search([("company_id", "=", self.company.id)])
        ecfs = ecfs.filtered(lambda ecf: ecf.name in self.names_sent())
        self.assertEqual(
            [(e.name, e.state, e.message_text) for e in ecfs if e.state != "accepted"],
            [],
        )
        self.assertEqual({ecf.name[1:3] for ecf in ecfs}, _KINDS)
        self.assertEqual(ecfs.mapped("is_summary").count(True), 1)
        codes = {
            build.parse_ecf(ecf._xml_bytes()).reference.code
            for ecf in ecfs
            if ecf.name[1:3] in ("33", "34")
        }
        self.assertEqual(codes, {Change.ANNULS, Change.CORRECTS_AMOUNTS})
        for ecf in ecfs:
            self.assertEqual(validate(ecf._xml_bytes(), signed=True), [], ecf.name)
        return ecfs

    def names_sent(self):
        return {encf for _rnc, encf in self.sim.accepted()}

    def work(self):
        self.env.flush_all()
        queue = self.env["nu.pos.ecf.queue"]
        for _round in range(60):
            queue._work(linger=0.05)
            if queue._next_due() is None:
                break
        self.env.invalidate_all()

    # -- 5: what is printed of them ------------------------------------------------

    def step_5_printed(self, ecfs):
        reports = self.env["ir.actions.report"].with_context(
            force_report_rendering=True
        )
        for ecf in ecfs.sorted("name"):
            for form in ("ticket", "a4"):
                report = f"nu_restaurant_pos.report_ecf_{form}"
                content = reports._render_qweb_html(report, ecf.ids)[0]
                body = lxml_html.fromstring(content).find("body")
                said = " ".join(body.text_content().split())
                with self.subTest(ecf.name, form=form):
                    for text in (ecf.name, ecf.security_code, TAXPAYER):
                        self.assertIn(text, said)
                    self.assertIn("/certecf/", ecf.qr_url.lower())
                    self.assertIsNotNone(body.find(".//img"), "the timbre")
        for kind in sorted(_KINDS):
            ecf = ecfs.filtered(lambda ecf, kind=kind: ecf.name[1:3] == kind)[:1]
            pdf = reports._render_qweb_pdf("nu_restaurant_pos.report_ecf_a4", ecf.ids)
            self.assertLess(len(pdf[0]), 10 << 20, "what DGII takes")
            self.assertTrue(PdfFileReader(BytesIO(pdf[0])).pages)

    # -- 8 and 9: documents of DGII are acknowledged -------------------------------

    def reach(self, method, path, file, headers):
        """How DGII calls: over HTTP, the file as part ``xml`` of a form."""
        response = self.url_open(
            path,
            files=file and {"xml": (*file, "text/xml")},
            headers=headers,
            method=method,
            timeout=60,
        )
        self.env.invalidate_all()
        return response.status_code, response.content

    def steps_8_and_9_reception(self, tester):
        tester.authenticate()
        answers = tester.send_documents()
        self.assertEqual(len(answers), 6)
        for number, (status, body) in answers.items():
            with self.subTest(number):
                self.assertEqual(status, 200, body)
                receipt = messages.parse_arecf(body)
                self.assertEqual(
                    (receipt.status, receipt.reason, receipt.encf),
                    (messages.RECEIVED, None, number),
                    self.received.search([("name", "=", number)]).reason_detail,
                )
                self.assertEqual((receipt.issuer, receipt.buyer), (TESTER, TAXPAYER))
                self.assertTrue(xmlsec_holds(body))
                self.assertTrue(verify(body).ok)

    # -- 10 and 11: approvals of DGII are taken ------------------------------------

    def steps_10_and_11_answers(self, tester, data_set):
        rows = [row for row in self.sheets["ECF"] if row["TipoeCF"] not in ("43", "47")]
        tester.authenticate()
        answers = tester.send_approvals(rows_of_approvals(rows))
        self.assertEqual(len(answers), len(rows))
        refused = {
            name: body for name, (status, body) in answers.items() if status != 200
        }
        self.assertEqual(refused, {})
        lines = data_set.line_ids.filtered("buyer_answer")
        self.assertEqual(set(lines.mapped("name")), set(answers))
        self.assertEqual(
            set(lines.mapped("buyer_answer")), {"approved", "refused"}, answers
        )
        self.assertTrue(all(lines.mapped("buyer_answer_xml")))


def rows_of_approvals(rows):
    return [
        {
            "RNCEmisor": row["RNCEmisor"],
            "eNCF": row["ENCF"],
            "FechaEmision": row["FechaEmision"],
            "MontoTotal": row["MontoTotal"],
        }
        for row in rows
    ]
