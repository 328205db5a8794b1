"""Steps 2 and 3 of DGII's certification: sets of test documents and of approvals, sent
one by one."""

import base64
import json
import time
import zipfile
from io import BytesIO
from pathlib import Path

import openpyxl

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...fiscal.ecf import certification
from ..runtime.problem import ApiProblem

#: Nobody is certified in production.
ENVIRONMENTS = [
    ("testecf", "Tests (testecf)"),
    ("certecf", "Certification (certecf)"),
]
_MOST_BYTES = 10 << 20
#: Of what lies packed in a workbook: a set has some tens of rows.
_MOST_UNPACKED, _MOST_ENTRIES = 16 << 20, 200
_MOST_ROWS, _MOST_CELLS, _MOST_TEXT = 1000, 500_000, 10_000
_SHEETS = ("ECF", "RFCE", "ACECF")
#: No paper of DGII names the sheet of step 3: these columns tell it.
_OF_APPROVALS = {"encf", "estado", "fechahoraaprobacioncomercial"}
#: Seconds between two questions for the same judgement, and how often it is asked
#: before the scheduler gets its turn.
_PAUSE = 1
_MOST_QUESTIONS = 20


class NuPosEcfCertification(models.Model):
    """A taxpayer's set of test documents, and how far it has come.

    DGII hands the set as a workbook with a sheet of e-CF and one of summaries (Proceso
    de Certificación, step 2), and then one of commercial approvals (step 3). Each row
    is a line here: signed as it is loaded, and sent in the order that passes, notes
    after what they modify is accepted.
    """

    _name = "nu.pos.ecf.certification"
    _description = "Certification set of e-CF"
    _order = "id desc"

    name = fields.Char(required=True, default=lambda self: self._default_name())
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    environment = fields.Selection(ENVIRONMENTS, required=True, default="certecf")
    file = fields.Binary(string="Set of DGII", help="The workbook (.xlsx), or JSON.")
    file_name = fields.Char()
    running = fields.Boolean(
        string="Sends by itself", readonly=True, help="One document after the other."
    )
    line_ids = fields.One2many(
        "nu.pos.ecf.certification.line", "certification_id", string="Documents"
    )
    line_count = fields.Integer(compute="_compute_progress", string="To be sent")
    accepted_count = fields.Integer(compute="_compute_progress", string="Accepted")
    state = fields.Selection(
        [
            ("empty", "No set yet"),
            ("ready", "Ready"),
            ("running", "Under way"),
            ("stopped", "Needs somebody"),
            ("done", "All accepted"),
        ],
        compute="_compute_progress",
    )
    progress = fields.Float(compute="_compute_progress")
    archive = fields.Binary(string="All XML files", compute="_compute_archive")
    archive_name = fields.Char(compute="_compute_archive")

    @api.model
    def _default_name(self):
        return self.env._(
            "Certification %s", fields.Date.to_string(fields.Date.today())
        )

    @api.depends("line_ids.state")
    def _compute_progress(self):
        for record in self:
            lines = record.line_ids.filtered("sends")
            states = set(lines.mapped("state"))
            good = lines.filtered(lambda line: line.is_accepted)
            record.line_count = len(lines)
            record.accepted_count = len(good)
            record.progress = 100 * len(good) / len(lines) if lines else 0
            if not lines:
                record.state = "empty"
            elif len(good) == len(lines):
                record.state = "done"
            elif states & {"rejected", "problem"}:
                record.state = "stopped"
            elif states == {"ready"}:
                record.state = "ready"
            else:
                record.state = "running"

    @api.depends("line_ids.xml")
    def _compute_archive(self):
        for record in self:
            record.archive_name = f"{record.name or ''}.zip".replace("/", "-")
            record.archive = (
                base64.b64encode(record._zip()) if record.line_ids else False
            )

    def _zip(self):
        """Each file under its official name. An e-CF and its summary have the same
        name: they lie in different folders."""
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for line in self.line_ids:
                if line.xml:
                    # the name comes out of a file: it leads out of no folder
                    name = f"{line.document.lower()}/{Path(line.file_name).name}"
                    archive.writestr(name, line.xml)
        return out.getvalue()

    # -- Loading -------------------------------------------------------------------

    def action_load(self):
        """Read the set, build and sign its documents."""
        self.ensure_one()
        self.check_access("write")
        if any(line.state not in ("ready", "problem") for line in self.line_ids):
            raise UserError(
                self.env._(
                    "Documents of this set were sent already: begin another one."
                )
            )
        sheets = self._read_file()
        try:
            identity = self.env["nu.pos.ecf.certificate"]._identity_of(self.company_id)
        except ApiProblem as error:
            raise UserError(error.detail) from error
        lines = self.env["nu.pos.ecf.certification.line"].sudo()
        lines.search([("certification_id", "=", self.id)]).unlink()
        lines._make(self, sheets, identity)

    def _read_file(self):
        """``{sheet: [row]}`` of the file, a row being ``{column: text}``."""
        if not self.file:
            raise UserError(self.env._("Choose the file that DGII gave."))
        data = base64.b64decode(self.file)
        if len(data) > _MOST_BYTES:
            raise UserError(self.env._("The file is too large to be a set of tests."))
        try:
            found = _from_json(data) if data[:1] in b"{[" else _from_workbook(data)
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            raise UserError(
                self.env._("The file is no workbook (.xlsx) and no JSON of a set.")
            ) from error
        if not found.get("ECF") and not found.get("ACECF"):
            raise UserError(
                self.env._("The file has no sheet of documents and none of approvals.")
            )
        return found

    # -- Sending -------------------------------------------------------------------

    def action_step(self):
        """Send, or ask for, the next document; nothing more."""
        self.ensure_one()
        self.check_access("write")
        line = self._next()
        if not line:
            raise UserError(self._why_nothing())
        line._step()

    def action_run(self):
        """Have everything sent by itself, in the background."""
        self.check_access("write")
        self.running = True
        self.env.ref("nu_restaurant_pos.cron_certification").sudo()._trigger()

    def action_pause(self):
        """Stop after the document that is under way."""
        self.check_access("write")
        self.running = False

    def action_download(self):
        """All signed files, in one ZIP."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "target": "download",
            "url": f"/web/content/{self._name}/{self.id}/archive"
            "?download=true&filename_field=archive_name",
        }

    def _next(self):
        """The line whose turn it is: what is under way first, then in the order of
        the set; notes wait for what they modify."""
        under_way = self.line_ids.filtered(
            lambda line: line.state in ("sent", "unknown")
        )
        ready = self.line_ids.filtered(
            lambda line: line.sends and line.state == "ready" and not line.waits_for
        )
        return (under_way or ready)[:1]

    def _why_nothing(self):
        waiting = self.line_ids.filtered(
            lambda line: line.sends and line.state == "ready"
        )
        if waiting:
            return self.env._(
                "%(note)s waits for %(original)s, which is not accepted.",
                note=waiting[0].name,
                original=waiting[0].waits_for,
            )
        return self.env._("Everything that can be sent was sent.")

    @api.model
    def _cron_run(self):
        """Step after step of each set that runs, as long as the scheduler gives."""
        for record in self.search([("running", "=", True)]):
            questions = 0
            while (
                record.running
                and record.state in ("ready", "running")
                and (line := record._next())
            ):
                before = line.state
                line._step()
                if line._is_lost():
                    # only a person can go on
                    break
                # each step is durable already: this renews what is seen of it
                left = self.env["ir.cron"]._commit_progress(1)
                questions = questions + 1 if line.state == before else 0
                away = questions and line.state == "ready"
                if away or questions > _MOST_QUESTIONS or left <= 0:
                    self._wake(seconds=30 if away else 0)
                    return
                if questions:
                    time.sleep(_PAUSE)
            record.running = False

    @api.model
    def _wake(self, seconds):
        self.env.ref("nu_restaurant_pos.cron_certification")._trigger(
            fields.Datetime.add(fields.Datetime.now(), seconds=seconds)
        )


def _from_json(data):
    sheets = json.loads(data)
    if isinstance(sheets, list):
        sheets = {"ACECF": sheets}
    found = {}
    for name in _SHEETS:
        rows = sheets.get(name) or ()
        _check_size(len(rows), sum(map(len, rows)))
        found[name] = [
            {
                _bounded(str(column)): _bounded(str(value))
                for column, value in row.items()
                if str(value).strip() not in ("", "#e")
            }
            for row in rows
        ]
    return found


def _from_workbook(data):
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile as error:
        raise ValueError("no workbook") from error
    # zipfile stops at the size that is told here
    if (
        len(entries) > _MOST_ENTRIES
        or sum(entry.file_size for entry in entries) > _MOST_UNPACKED
    ):
        raise ValueError("too much is packed in it")
    book = openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=True)
    return {
        name: certification.rows(_cells(sheet))
        for sheet in book.worksheets
        if (name := _sheet_name(sheet))
    }


def _sheet_name(sheet):
    title = sheet.title.strip().upper()
    if title in _SHEETS:
        return title
    columns = {str(text).strip().lower() for text in next(_cells(sheet), ())}
    return "ACECF" if columns >= _OF_APPROVALS else None


def _cells(sheet):
    """Texts of a sheet, row by row, as far as it is one of a set."""
    cells = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True)):
        cells += len(row)
        _check_size(number, cells)
        yield [_text(value) for value in row]


def _check_size(rows, cells):
    if rows > _MOST_ROWS or cells > _MOST_CELLS:
        raise ValueError("more than a set of tests")


def _bounded(text):
    if len(text) > _MOST_TEXT:
        raise ValueError("a cell is too long")
    return text


def _text(value):
    """A cell as DGII shows it; its own cells are texts."""
    if hasattr(value, "strftime"):
        return value.strftime("%d-%m-%Y")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _bounded(value) if isinstance(value, str) else value
