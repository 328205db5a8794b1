"""Warnings of a company about its ranges."""

from odoo import fields, models

from ...fiscal import calendar


class ResCompany(models.Model):
    _inherit = "res.company"

    nu_allow_unnumbered = fields.Boolean(
        string="Registers may sell without numbers",
        help="For a house that has not begun, or trains its staff: a session opens "
        "without default fiscal type and range, and what is sold has no receipt.",
    )
    nu_series_b_told = fields.Date(
        readonly=True, copy=False, help="Managers were told that series B has ended."
    )

    def _nu_warn_of_series_b(self, ranges):
        """Tell a manager, once a month, on the range that sales take from.

        :param ranges: ranges in use, of any company
        """
        self.ensure_one()
        paper = ranges.filtered(
            lambda record: (
                record.company_id == self and record.document_type_id.nu_series == "B"
            )
        ).sorted(lambda record: record.document_type_id.doc_code_prefix != "B02")
        ended = self._nu_series_b_ended()
        today = calendar.fiscal_day(fields.Datetime.now())
        told = self.nu_series_b_told
        if not ended or not paper or (told and told >= today.replace(day=1)):
            return
        self.nu_series_b_told = today
        self._nu_ecf_tell(
            paper[0],
            self.env._("Series B has ended: issue e-CF"),
            self._nu_series_b_text(ended),
        )
