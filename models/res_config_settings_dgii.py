from odoo import fields, models


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
