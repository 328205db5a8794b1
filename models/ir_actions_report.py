from dataclasses import dataclass
from io import BytesIO

from odoo import models

from ..fiscal.ecf import timbre

_PREFIX = "nu_restaurant_pos.ecf_"
#: Argument of ours to ``_build_wkhtmltopdf_args``: millimetres, page of a ticket.
_HEIGHT = "nu-page-height"
#: Characters of a line of the ticket, as its styles have it.
_TICKET_CHARS = 40
#: Units of lines that one A4 page takes below its head and above its foot.
_A4_ROOM = 24
_A4_NAME_CHARS = 44


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
        if not report.report_name.startswith(_PREFIX) or not res_ids:
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids)
        streams = {}
        for record in self.env[report.model].browse(dict.fromkeys(res_ids)):
            html = self._render_qweb_html(report_ref, record.ids, dict(data or {}))[0]
            content = self._run_wkhtmltopdf(
                [html.decode()],
                report_ref=report_ref,
                specific_paperformat_args={
                    _HEIGHT: ticket_height(record._printed())
                    if report.report_name.endswith("ticket")
                    else None
                },
            )
            streams[record.id] = {"stream": BytesIO(content), "attachment": None}
        return streams

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
            height = specific_paperformat_args[_HEIGHT]
            if height and "--page-height" in args:
                args[args.index("--page-height") + 1] = f"{height}mm"
        return args

    def _get_rendering_context(self, report, docids, data):
        values = super()._get_rendering_context(report, docids, data)
        if report.report_name.startswith(_PREFIX):
            values.update(qr_image=qr_image, pages=a4_pages)
        return values


def qr_image(address):
    """The QR code of an address as the ``src`` of an image."""
    return timbre.qr_data_uri(address, 6)


def _rows(text, width):
    return max(1, -(-len(text) // width))


def ticket_height(receipt):
    """Millimetres of paper roll that a receipt needs, rather more than less."""
    small, normal = 3.7, 4.2
    pairs = (*receipt.head, *receipt.buyer, *receipt.payments)
    height = 14 + normal * _rows(receipt.title, 28)
    height += sum(small * _rows(text, _TICKET_CHARS) for text in receipt.issuer)
    height += sum(small * _rows(f"{k}: {v}", _TICKET_CHARS) for k, v in pairs)
    height += sum(
        small * (1 + _rows(line.name, _TICKET_CHARS - 4) + bool(line.change)) + 1.2
        for line in receipt.lines
    )
    rows = len(receipt.totals) + len(receipt.after_total)
    height += normal * rows + 12 + small * _rows(receipt.words, _TICKET_CHARS)
    for text in filter(None, (receipt.legend, receipt.watermark)):
        height += 4 + normal * _rows(text, 34)
    if receipt.qr_url:
        height += 34 + 3 * small
    return round(height * 1.06 + 12)


def a4_pages(receipt):
    """The lines of a receipt in pages, each of which shows head, foot and timbre
    (Informe Técnico e-CF, "Representación Impresa")."""
    pages, room = [[]], _A4_ROOM
    for line in receipt.lines:
        needed = 0.5 + _rows(line.name, _A4_NAME_CHARS) / 2
        if room < needed:
            pages.append([])
            room = _A4_ROOM
        pages[-1].append(line)
        room -= needed
    rows = len(receipt.totals) + len(receipt.after_total)
    if room < max(0, rows - 9) * 0.8:
        pages.append([])
    return [
        Page(place, len(pages), tuple(lines), place == len(pages))
        for place, lines in enumerate(pages, 1)
    ]
