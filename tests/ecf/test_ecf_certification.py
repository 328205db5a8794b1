"""A certification set from DGII's file to the last acceptance."""

import base64
import json
import zipfile
from io import BytesIO
from unittest.mock import patch

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.base.models.ir_cron import IrCron

from ...fiscal.ecf.signature import verify
from ...models.ecf import nu_pos_ecf_certification, nu_pos_ecf_certification_line
from .. import dgii_sim
from ..common import FiscalCase
from ..dgii_loopback import LoopbackMixin
from ..fiscal_ecf import shared

_SET = ("certification", "set-de-pruebas-133470616.json")
SIMULATED = "nu_pos.ecf_base_url"


def workbook(sheets):
    """The set as DGII hands it out: ``#e`` in the cells that are empty."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        sheet = book.create_sheet(name)
        sheet.append(columns)
        for row in rows:
            sheet.append([row.get(column, "#e") for column in columns])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def approval_row(number=1):
    """A row of step 3."""
    return {
        "Version": "1.0",
        "RNCEmisor": "131880681",
        "eNCF": f"E31{number:010d}",
        "FechaEmision": "01-04-2020",
        "MontoTotal": "4674.35",
        "RNCComprador": "133470616",
        "Estado": "1",
        "FechaHoraAprobacionComercial": "23-06-2026 17:45:47",
    }


class CertificationMixin(LoopbackMixin):
    """Beside ``RestaurantMixin``: its company has DGII's set, and DGII simulated."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sheets = json.loads(shared(*_SET))
        cls.sim = dgii_sim.start(environment="testecf", polls=1)
        cls.addClassCleanup(cls.sim.stop)
        parameters = cls.env["ir.config_parameter"].sudo()
        parameters.set_param(SIMULATED, cls.sim.url)
        # the set belongs to another taxpayer
        cls.company.vat = "133470616"
        cls.manager = cls.ref("user_manager")

    def setUp(self):
        super().setUp()
        self.sim.reset()
        self.sim.set(ranges=None)
        nu_pos_ecf_certification_line._TOKENS.clear()

    def begin(self, content=None, **values):
        record = (
            self.env["nu.pos.ecf.certification"]
            .with_user(self.manager)
            .create(
                {
                    "name": "Prueba",
                    "company_id": self.company.id,
                    "environment": "testecf",
                    "file": base64.b64encode(
                        content or json.dumps(self.sheets).encode()
                    ),
                    **values,
                }
            )
        )
        record.action_load()
        return record


class CertificationCase(CertificationMixin, FiscalCase):
    """One transaction, nothing over HTTP."""

    def line(self, record, name, document="ECF"):
        return record.line_ids.filtered(
            lambda line: (line.name, line.document) == (name, document)
        )


@tagged("post_install", "-at_install")
class TestCertification(CertificationCase):
    def test_workbook_and_json_give_the_same_documents(self):
        record = self.begin()
        other = self.begin(workbook(self.sheets))
        wanted = [(line.name, line.document, line.problems) for line in record.line_ids]
        self.assertEqual(
            wanted,
            [(line.name, line.document, line.problems) for line in other.line_ids],
        )
        self.assertEqual(len(wanted), 29)
        self.assertEqual(record.state, "ready")
        self.assertFalse(any(problems for *_names, problems in wanted))
        for line in record.line_ids:
            self.assertTrue(verify(line.xml.encode()).ok, line.name)

    def test_form_left_without_a_file_leaves_no_record(self):
        Certification = self.env["nu.pos.ecf.certification"].with_user(self.manager)
        before = Certification.search_count([])
        form = Form(Certification)
        with self.assertRaisesRegex(AssertionError, "file is a required field"):
            form.save()
        self.assertEqual(Certification.search_count([]), before)

    def test_order_puts_notes_last_and_leaves_summarised_invoices_at_home(self):
        record = self.begin()
        order = record.line_ids.filtered("sends").sorted("sequence")
        kinds = [line.kind if line.document == "ECF" else "RFCE" for line in order]
        first_note = min(kinds.index(kind) for kind in ("33", "34"))
        self.assertTrue(set(kinds[first_note:]) <= {"33", "34"})
        self.assertNotIn("RFCE", kinds[: kinds.index("RFCE")])
        self.assertEqual(kinds.count("RFCE"), 4)
        at_home = record.line_ids - order
        self.assertEqual(
            set(at_home.mapped("name")), {row["ENCF"] for row in self.sheets["RFCE"]}
        )

    def test_whole_set_is_accepted_in_the_background(self):
        record = self.begin()
        record.action_run()
        self.assertTrue(record.running)
        cron = self.env["nu.pos.ecf.certification"].sudo()
        with (
            patch.object(IrCron, "_commit_progress", return_value=60),
            patch.object(nu_pos_ecf_certification, "_PAUSE", 0),
        ):
            cron._cron_run()
        self.assertFalse(record.running)
        self.assertEqual(
            [
                (line.name, line.problems)
                for line in record.line_ids
                if line.sends and not line.is_accepted
            ],
            [],
        )
        self.assertEqual((record.state, record.progress), ("done", 100.0))
        self.assertEqual(set(self.sim.accepted().values()), {1})
        self.assertEqual(len(self.sim.accepted()), record.line_count)

    def test_note_waits_for_what_it_modifies(self):
        record = self.begin()
        notes = record.line_ids.filtered(lambda line: line.kind in ("33", "34"))
        waiting = notes.filtered("waits_for")
        self.assertTrue(waiting)
        others = record.line_ids.filtered("sends") - waiting
        others.sudo().write({"state": "accepted"})
        original = self.line(record, waiting[0].modified_ncf)
        original = original.filtered("sends") or self.line(
            record, waiting[0].modified_ncf, "RFCE"
        )
        original.sudo().write({"state": "rejected"})
        record.line_ids.filtered(lambda line: line not in original).sudo().filtered(
            lambda line: line.state == "ready" and line.modified_ncf != original.name
        ).write({"state": "accepted"})
        self.assertEqual(record.state, "stopped")
        with self.assertRaisesRegex(UserError, original.name):
            record.action_step()

    def test_rejection_stops_and_is_told(self):
        record = self.begin()
        self.sim.set(ranges=[])
        first = record._next()
        while first.state in ("ready", "sent"):
            record.action_step()
        self.assertEqual(first.state, "rejected", first.problems)
        self.assertTrue(first.problems)
        self.assertEqual(record.state, "stopped")

    def test_lost_answer_is_asked_about_and_never_sent_again(self):
        record = self.begin()
        self.sim.set(lose_answers=1, services=["recepcion"])
        first = record._next()
        record.action_step()
        self.assertEqual(first.state, "unknown")
        while not first.is_accepted:
            record.action_step()
        self.assertEqual(self.sim.attempts(first.name), 1)

    def test_two_people_at_once_send_a_document_once(self):
        record = self.begin()
        line = record._next()
        self.assertTrue(line._claim())
        self.assertFalse(line._claim())
        self.assertEqual(line.state, "unknown")

    def test_without_dgii_the_document_stays_ready(self):
        record = self.begin()
        self.sim.pause()
        self.addCleanup(self.sim.resume)
        record.action_step()
        self.assertEqual(record._next().state, "ready")
        self.assertIn("semilla", record._next().problems)

    def test_background_gives_up_for_a_while_when_dgii_is_away(self):
        record = self.begin()
        record.action_run()
        self.sim.pause()
        self.addCleanup(self.sim.resume)
        with patch.object(IrCron, "_commit_progress", return_value=60):
            self.env["nu.pos.ecf.certification"].sudo()._cron_run()
        self.assertTrue(record.running)
        self.assertEqual(record.state, "ready")

    def test_archive_has_each_file_under_its_official_name(self):
        record = self.begin()
        with zipfile.ZipFile(BytesIO(base64.b64decode(record.archive))) as archive:
            names = archive.namelist()
        self.assertEqual(len(set(names)), 29)
        row = self.sheets["RFCE"][0]
        name = f"{row['RNCEmisor']}{row['ENCF']}.xml"
        record.line_ids[0].sudo().file_name = "../../etc/passwd"
        with zipfile.ZipFile(BytesIO(record._zip())) as archive:
            self.assertIn("ecf/passwd", archive.namelist())
        self.assertIn(f"ecf/{name}", names)
        self.assertIn(f"rfce/{name}", names)


@tagged("post_install", "-at_install")
class TestCertificationRefusals(CertificationCase):
    def test_set_of_another_taxpayer_is_told(self):
        self.company.vat = "131876544"
        record = self.begin()
        self.assertIn("133470616", record.line_ids[0].problems)

    def test_row_that_is_no_document_is_told_and_not_sent(self):
        sheets = {"ECF": [{"TipoeCF": "31", "ENCF": "E310000000001", "Nada": "1"}]}
        record = self.begin(json.dumps(sheets).encode())
        self.assertEqual(record.line_ids.state, "problem")
        self.assertIn("Nada", record.line_ids.problems)
        self.assertEqual(record.state, "stopped")
        self.assertFalse(record._next())

    def test_other_files_are_refused(self):
        for content in (b"hola", b"{}", b"{", b"PK\x03\x04", b'{"ECF": [1]}'):
            with self.subTest(content=content), self.assertRaises(UserError):
                self.begin(content)

    def test_files_that_unpack_to_more_than_a_set_are_refused(self):
        """160 kB that became 45 MB took 17 seconds."""
        bomb = BytesIO(workbook({"ECF": [{"TipoeCF": "31"}]}))
        with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet9.xml", b" " * (20 << 20))
        many = BytesIO(workbook({"ECF": [{"TipoeCF": "31"}]}))
        with zipfile.ZipFile(many, "a") as archive:
            for number in range(300):
                archive.writestr(f"x/{number}", b"")
        rows = [{"TipoeCF": "31", "ENCF": f"E31{n:010d}"} for n in range(1200)]
        wide = [{f"Columna{n}": "1" for n in range(600_000)}]
        long = [{"TipoeCF": "31", "NombreItem[1]": "x" * 20_000}]
        for name, content in {
            "bomb": bomb.getvalue(),
            "many entries": many.getvalue(),
            "many rows": workbook({"ECF": rows}),
            "many rows, JSON": json.dumps({"ECF": rows}).encode(),
            "many cells, JSON": json.dumps({"ECF": wide}).encode(),
            "long text, JSON": json.dumps({"ECF": long}).encode(),
            "long text": workbook({"ECF": long}),
        }.items():
            with self.subTest(name), self.assertRaises(UserError):
                self.begin(content)

    def test_approval_that_is_refused_or_lost_waits_for_somebody(self):
        rows = [approval_row(number) for number in (1, 2)]
        record = self.begin(json.dumps({"ACECF": rows}).encode())
        first, second = record.line_ids
        self.assertEqual((first.kind, first.problems), ("31", False))
        self.sim.set(lose_answers=1, services=["aprobacioncomercial"])
        record.action_run()
        with patch.object(IrCron, "_commit_progress", return_value=60):
            self.env["nu.pos.ecf.certification"].sudo()._cron_run()
        self.assertEqual((first.state, second.state), ("unknown", "ready"))
        self.assertFalse(record.running, "nobody can be asked about it")
        first.with_user(self.ref("user_manager")).action_send_again()
        self.sim.reset()
        self.sim.set(schemas=dgii_sim.schemas(), check_signature=True)
        xml = first.xml.replace("<Estado>1</Estado>", "<Estado>3</Estado>")
        first.sudo().xml = xml
        record.action_step()
        self.assertEqual(first.state, "rejected")
        self.assertIn("Firma inválida", first.problems)

    def test_approval_of_another_buyer_is_told(self):
        row = {**approval_row(), "RNCComprador": "101672919"}
        record = self.begin(json.dumps([row]).encode())
        self.assertIn("101672919", record.line_ids.problems)

    def test_set_under_way_is_not_loaded_again(self):
        record = self.begin()
        record.line_ids[0].sudo().state = "sent"
        with self.assertRaises(UserError):
            record.action_load()

    def test_documents_are_not_written_by_hand(self):
        record = self.begin()
        with self.assertRaises(AccessError):
            record.line_ids[0].write({"state": "accepted"})
        cashier = record.with_user(self.ref("user_cashier"))
        with self.assertRaises(AccessError):
            cashier.action_step()
