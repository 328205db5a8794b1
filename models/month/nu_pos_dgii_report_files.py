"""Files of a report: TXT for DGII to the byte, XLSX for people."""

import hashlib
import tempfile
from decimal import Decimal

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...fiscal.reports.files import ReportError
from .nu_pos_dgii_report import WRITERS
from .report_workbook import ReportWorkbook

#: Columns of the line that a column of the file is read from, where names differ.
SOURCES = {
    "607": {"withholding_date": "date_withheld"},
    "606": {"payment_date": "date_withheld", "total": "amount"},
    "608": {},
    "609": {
        "withholding_date": "date_withheld",
        "name": "payee",
        "document": "ncf",
        "detail": "service_detail",
        "presumed_income": "amount",
    },
}
NOT_IN_FORCE = ("itbis_perceived", "isr_perceived")
_PAGE = 5000


class NuPosDgiiReport(models.Model):
    _inherit = "nu.pos.dgii.report"

    def _rows(self, listed=True):
        """``(line id, row of the format)`` in the order of the file, read in pages so
        that a million take no more memory than a thousand."""
        self.ensure_one()
        writer = self._writer()
        last = 0
        query = SQL(
            "SELECT id, %s FROM nu_pos_dgii_report_line "
            "WHERE report_id = %s AND listed = %s",
            SQL(", ").join(self._source(column) for column in writer.columns),
            self.id,
            listed,
        )
        make = writer.row
        amounts = [
            place
            for place, column in enumerate(writer.columns)
            if column.kind == "amount"
        ]
        while True:
            self.env.cr.execute(
                SQL("%s AND id > %s ORDER BY id LIMIT %s", query, last, _PAGE)
            )
            page = self.env.cr.fetchall()
            for line_id, *values in page:
                for place in amounts:
                    if values[place] is not None:
                        values[place] = Decimal(values[place])
                yield line_id, make(*values)
            if len(page) < _PAGE:
                return
            last = page[-1][0]

    def _writer(self):
        return WRITERS[self.format]

    def _source(self, column):
        """SQL of a column of the file."""
        if column.name in NOT_IN_FORCE:
            return SQL("NULL")
        name = SQL.identifier(SOURCES[self.format].get(column.name, column.name))
        if column.kind == "amount":
            # Odoo reads numeric as float
            return SQL("%s::numeric(14, 2)::text", name)
        return name

    def _stream(self):
        """Yield the TXT page by page.

        :raise UserError: a line cannot be written; the check lists all of them
        """
        self.ensure_one()
        month = self._month()
        if self.format == "it1" or not month:
            raise UserError(self.env._("%s has no file.", self.name))
        rows = (row for _id, row in self._rows())
        writer = self._writer()
        try:
            yield from writer.stream(month, rows, self.listed_count)
        except ReportError as error:
            raise UserError(
                self.env._(
                    "The file cannot be written: check the report.\n%s",
                    "\n".join(map(str, error.problems[:5])),
                )
            ) from error

    def _write_txt(self, target):
        """Write the TXT to an open binary file; its SHA-256."""
        digest = hashlib.sha256()
        for chunk in self._stream():
            digest.update(chunk)
            target.write(chunk)
        return digest.hexdigest()

    def _freeze_file(self):
        """Keep the file that is sent. The IT-1 is typed into DGII's form: its figures
        are kept, and a workbook of them."""
        self.ensure_one()
        with tempfile.TemporaryFile() as target:
            if self.format == "it1":
                ReportWorkbook(self).write_to(target)
                name = self._xlsx_name()
            else:
                self._write_txt(target)
                name = self.file_name
            target.seek(0)
            content = target.read()
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": name,
                    "raw": content,
                    "mimetype": "application/octet-stream",
                    "res_model": self._name,
                    "res_id": self.id,
                    "res_field": "file_id",
                }
            )
        )
        self.sudo().write(
            {
                "file_id": attachment.id,
                "file_hash": hashlib.sha256(content).hexdigest(),
            }
        )

    def _write_file(self, kind, target):
        """Write ``txt`` or ``xlsx`` to an open binary file; the file's name. Of a filed
        report the TXT is the one that was filed."""
        self.ensure_one()
        if kind == "xlsx":
            ReportWorkbook(self).write_to(target)
            return self._xlsx_name()
        if self.file_id and self.format != "it1":
            target.write(self.file_id.sudo().raw)
        else:
            self._write_txt(target)
        return self.file_name

    def _xlsx_name(self):
        month = self._month()
        rnc = month.reporter if month else self.company_id.id
        return f"{self.format.upper()}_{rnc}_{self.date_from:%Y%m}.xlsx"

    def action_txt(self):
        self.ensure_one()
        return self._action_download("txt")

    def action_xlsx(self):
        self.ensure_one()
        return self._action_download("xlsx")

    def _action_download(self, kind):
        if not self.date_computed:
            raise UserError(self.env._("Compute the report first."))
        return {
            "type": "ir.actions.act_url",
            "url": f"/nu_restaurant_pos/dgii/{self.id}/{kind}",
            "target": "download",
        }
