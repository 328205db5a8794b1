from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...fiscal import series
from ...fiscal.calendar import parse_days

SERIES_B_UNTIL = "nu_pos.supplier_series_b_until"


class ResConfigSettings(models.TransientModel):
    """What the sources of formats 606 to 609 leave open."""

    _inherit = "res.config.settings"

    nu_dgii_threshold = fields.Selection(
        [("gross", "Taxes and tip included"), ("net", "Without taxes and tip")],
        string="The 607 lists consumer invoices by their total",
        config_parameter="nu_pos.dgii_threshold",
        default="gross",
        help="What reaches the amount from which a consumer names himself is listed.",
    )
    nu_dgii_annulled = fields.Selection(
        [("paper", "Numbers of series B"), ("all", "e-NCF too")],
        string="The 608 lists",
        config_parameter="nu_pos.dgii_annulled",
        default="paper",
        help="DGII knows of annulled e-NCF by the ANECF.",
    )
    nu_dgii_countries = fields.Selection(
        [("digits", "Three digits (840)"), ("letters", "Three letters (USA)")],
        string="The 609 names countries by",
        config_parameter="nu_pos.dgii_countries",
        default="digits",
    )
    nu_allow_unnumbered = fields.Boolean(
        related="company_id.nu_allow_unnumbered", readonly=False
    )
    nu_607_series = fields.Selection(related="company_id.nu_607_series", readonly=False)
    nu_purchases_serve = fields.Selection(
        related="company_id.nu_purchases_serve", readonly=False
    )
    nu_supplier_series_b_until = fields.Date(
        string="Suppliers give series B until",
        default=series.LAST_DAY,
        help="After this day a B receipt of a supplier is told by the 606, as DGII's "
        "own alert does (Ley 32-23 art. 37).",
    )
    nu_dgii_closed_days = fields.Char(
        string="DGII is closed on",
        config_parameter="nu_pos.dgii_closed_days",
        help="Days besides weekends and the holidays of Ley 139-97, for example "
        "2026-12-24, 2026-12-31. What is due then is due on the next working day.",
    )

    def set_values(self):
        # EXTENDS 'base'
        try:
            parse_days(self.nu_dgii_closed_days)
        except ValueError as error:
            raise ValidationError(
                self.env._(
                    "DGII is closed on: write days as 2026-12-24, with commas between."
                )
            ) from error
        result = super().set_values()
        # ``config_parameter`` knows no dates
        self.env["ir.config_parameter"].sudo().set_param(
            SERIES_B_UNTIL, fields.Date.to_string(self.nu_supplier_series_b_until)
        )
        return result

    @api.model
    def get_values(self):
        # EXTENDS 'base'
        if not (self.env.su or self.env.user.has_group("base.group_system")):
            return super().get_values()
        said = self.env["ir.config_parameter"].sudo().get_param(SERIES_B_UNTIL)
        day = fields.Date.to_date(said) or series.LAST_DAY
        return {**super().get_values(), "nu_supplier_series_b_until": day}
