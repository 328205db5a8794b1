from odoo import fields, models

from ...fiscal.reports import codes


class AccountMove(models.Model):
    """What the 609 asks of a payment abroad (B17, E47)."""

    _inherit = "account.move"

    nu_service_detail = fields.Selection(
        list(codes.SERVICE_DETAILS.items()),
        string="Service paid abroad",
        help="Column 6 of format 609; its first digit is the service of column 5.",
    )
    nu_related = fields.Boolean(string="Related party", help="Column 7 of format 609.")

    def _nu_check_writable(self, vals):
        # EXTENDS 'nu.pos.guarded'
        # The accountant's own, no part of a sale.
        free = {"nu_service_detail", "nu_related"}
        return super()._nu_check_writable(
            {name: value for name, value in vals.items() if name not in free}
        )
