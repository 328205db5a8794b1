from dataclasses import dataclass
from io import BytesIO

from odoo import models
from odoo.tools.pdf import PdfFileReader

from odoo.addons.base.models.ir_actions_report import _wkhtml

from ...fiscal.ecf import timbre
from ..numbers.nu_pos_ncf import COPY, ORIGINAL

_PREFIX = "nu_restaurant_pos.ecf_"
#: The number of what a receipt is printed from.
_NUMBER_FIELDS = {"pos.order": "nu_ncf_id", "nu.pos.ecf": "ncf_id"}
#: In the context of invoices that are being printed, and will be recorded.
_PRINTING = object()
#: Argument of ours to ``_build_wkhtmltopdf_args``: millimetres, page of a ticket.
_HEIGHT = "nu-page-height"
#: wkhtmltopdf of Linux distributions prints a millimetre 0.768 mm wide, whatever it
#: is told; the one with its own Qt is exact when it may not shrink pages.
_DISTRIBUTION_ZOOM = 1 / 0.768
#: Characters of a line of the ticket, and of the columns of the A4 page.
_TICKET_CHARS = 42
_A4_NAME_CHARS, _A4_HALF_CHARS = 40, 48
#: Millimetres of a line of text.
_TICKET_LINE, _A4_LINE = 3.65, 4.3
_A4_HEIGHT = 276
#: How often a ticket that needs two pages is printed on longer paper, and how much
#: longer: four times as long in the end.
_TICKET_TRIES, _TICKET_GROWTH = 8, 1.2


@dataclass(frozen=True)
class Page:
    """A piece of an A4 receipt; ``lines`` are those that fit on it."""

    number: int
    of: int
    lines: tuple
    last: bool


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        """Receipts are whole documents with their styles within: one run each, as
        high as it needs, and no call back to this server for style sheets."""
        report = self._get_report(report_ref)
        # core renders one by one what it cannot split: inside of a print of many
        printing = self.env.context.get("nu_printing") is _PRINTING
        if res_ids and not printing and self._is_invoice_report(report_ref):
            return self._nu_print_invoices(report_ref, data, res_ids)
        ours = report.report_name.startswith(_PREFIX) and res_ids
        if not ours or self.get_wkhtmltopdf_state() == "install":
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids)
        streams, exact = {}, _wkhtml().is_patched_qt
        for record in self.env[report.model].browse(dict.fromkeys(res_ids)):
            ncf = record[_NUMBER_FIELDS[report.model]].sudo()
            values = {**(data or {}), "zoom": None if exact else _DISTRIBUTION_ZOOM}
            is_copy = self._nu_is_copy(ncf)
            marked = self.with_context(nu_copy=COPY if is_copy else ORIGINAL)
            html = marked._render_qweb_html(report_ref, record.ids, values)[0]
            height = None
            if report.report_name.endswith("ticket"):
                height = ticket_height(record._printed(), is_copy)
            content = self._nu_print(html.decode(), report_ref, height)
            streams[record.id] = {"stream": BytesIO(content), "attachment": None}
            if ncf:
                ncf._note_print(is_copy)
        return streams

    def _nu_print_invoices(self, report_ref, data, res_ids):
        """Print Odoo's own invoices and record it: a number has one original, be it a
        ticket or an invoice. Whoever may read an invoice may print its copies."""
        moves = self.env["account.move"].browse(dict.fromkeys(res_ids))
        copies = [(move._nu_printed_ncf(), move._nu_prints_copy()) for move in moves]
        printing = self.with_context(nu_printing=_PRINTING)
        streams = printing._render_qweb_pdf_prepare_streams(report_ref, data, res_ids)
        for ncf, is_copy in copies:
            if ncf:
                ncf._note_print(is_copy)
        return streams

    def _nu_print(self, html, report_ref, height):
        """Print a receipt; a ticket, which has a height, on one page.

        Thermal printers cut where a page ends. The height is reckoned from the text,
        and the fonts of a machine may need more of it.
        """
        for _try in range(_TICKET_TRIES):
            content = self._run_wkhtmltopdf(
                [html],
                report_ref=report_ref,
                specific_paperformat_args={_HEIGHT: height},
            )
            if not height or len(PdfFileReader(BytesIO(content)).pages) == 1:
                break
            height = round(height * _TICKET_GROWTH)
        return content

    def _nu_is_copy(self, ncf):
        """Was the receipt of a number printed before? A copy asks for the permission,
        here too: the address of a report is as good as a button. Who reads all fiscal
        documents may print them.

        :raise ApiProblem: ``FORBIDDEN``
        """
        if not ncf or not ncf._was_printed():
            return False
        reader = self.env.user.has_group("nu_restaurant_pos.group_fiscal_reader")
        if not (self.env.su or reader):
            config = ncf.order_id.config_id or ncf.config_id
            self.env["nu.pos.permission"].require("reprint", config)
        return True

    def _build_wkhtmltopdf_args(
        self,
        paperformat_id,
        landscape,
        specific_paperformat_args=None,
        set_viewport_size=False,
    ):
        args = super()._build_wkhtmltopdf_args(
            paperformat_id, landscape, specific_paperformat_args, set_viewport_size
        )
        if _HEIGHT in (specific_paperformat_args or {}):
            # nothing on the page moves: there is nothing to wait for
            args[args.index("--javascript-delay") + 1] = "0"
            if _wkhtml().is_patched_qt:
                args.append("--disable-smart-shrinking")
            height = specific_paperformat_args[_HEIGHT]
            if height and "--page-height" in args:
                args[args.index("--page-height") + 1] = f"{height}mm"
        return args

    def _get_rendering_context(self, report, docids, data):
        values = super()._get_rendering_context(report, docids, data)
        if report.report_name.startswith(_PREFIX):
            values.update(qr_image=qr_image, pages=a4_pages)
            values.setdefault("zoom", None)
            mark = self.env.context.get("nu_copy")
            values["is_page"] = mark not in (ORIGINAL, COPY)
            if not values["is_page"]:
                values["nu_copy"] = mark is COPY
            else:
                # as a page of the web client, which a browser prints too
                records = self.env[report.model].browse(docids)
                numbers = records.mapped(_NUMBER_FIELDS[report.model]).sudo()
                values["nu_copy"] = any([self._nu_is_copy(ncf) for ncf in numbers])
        return values


def qr_image(address):
    """The QR code of an address as the ``src`` of an image."""
    return timbre.qr_data_uri(address, 6)


def _rows(text, width):
    return max(1, -(-len(text) // width))


def ticket_height(receipt, is_copy=False):
    """Millimetres of paper roll that a receipt needs, rather more than less."""
    rows = sum(_rows(text, _TICKET_CHARS) for text in receipt.issuer)
    rows += 1.3 * _rows(receipt.title, 28)
    for label, text in (*receipt.head, *receipt.buyer, *receipt.payments):
        rows += _rows(f"{label}: {text}", _TICKET_CHARS)
    for line in receipt.lines:
        rows += 1.1 + _rows(line.name, _TICKET_CHARS) + bool(line.change)
    rows += len(receipt.totals) + len(receipt.after_total)
    rows += _rows(receipt.words, _TICKET_CHARS)
    marks = (receipt.legend, receipt.watermark, is_copy and "COPIA")
    for text in filter(None, marks):
        rows += 1.6 + _rows(text, 34)
    timbre_height = 46 if receipt.qr_url else 0
    return round(rows * _TICKET_LINE + timbre_height + 28)


def a4_pages(receipt):
    """The lines of a receipt in pages, each of which shows head, foot and timbre
    (Informe Técnico e-CF, "Representación Impresa")."""
    legend = 16 if receipt.legend else 0
    seal = 50 if receipt.qr_url else 0
    room = _A4_HEIGHT - _a4_head(receipt) - legend
    sums = 5 * (len(receipt.totals) + len(receipt.after_total)) + 20
    last = room - max(seal + _A4_LINE * len(receipt.payments), sums)
    full = room - max(seal, 8)
    pages, free = [[]], full
    for line in receipt.lines:
        needed = 2.5 + _A4_LINE * _rows(line.name, _A4_NAME_CHARS)
        if free < needed:
            pages.append([])
            free = full
        pages[-1].append(line)
        free -= needed
    if free < full - last:
        pages.append([])
    return [
        Page(place, len(pages), tuple(lines), place == len(pages))
        for place, lines in enumerate(pages, 1)
    ]


def _a4_head(receipt):
    """Millimetres above the first line."""
    issuer = 3 + sum(_A4_LINE * _rows(text, _A4_HALF_CHARS) for text in receipt.issuer)
    head = 7 * _rows(receipt.title, 28) + 2
    head += sum(
        _A4_LINE * _rows(text, _A4_HALF_CHARS // 2)
        for _label, text in (*receipt.head, ("Página", "1 de 2"))
    )
    buyer = 12 + _A4_LINE * (len(receipt.buyer) + 1) if receipt.buyer else 4
    return max(issuer, head) + buyer + 8
