from odoo import api, fields, models

from ..fiscal import calendar

ENVIRONMENTS = [
    ("testecf", "Tests (testecf)"),
    ("certecf", "Certification (certecf)"),
    ("ecf", "Production (ecf)"),
]


class ResCompany(models.Model):
    _inherit = "res.company"

    nu_ecf_environment = fields.Selection(
        ENVIRONMENTS,
        string="e-CF environment",
        default="testecf",
        required=True,
        help="Which services of DGII the documents go to. Only those of production "
        "have fiscal value.",
    )
    nu_ecf_start = fields.Date(
        string="Electronic since",
        help="From this day in Santo Domingo sales that name no series take numbers "
        "of series E. A type asked for by its code is never changed. Empty: series B.",
    )
    nu_ecf_send = fields.Boolean(
        string="Send to DGII",
        help="Signed documents are sent by themselves. Off: they wait.",
    )
    nu_ecf_certificate_ids = fields.One2many(
        "nu.pos.ecf.certificate", "company_id", string="Certificates"
    )
    nu_ecf_credit_days = fields.Integer(
        string="Credit (days)",
        default=30,
        help="FechaLimitePago of sales on account of customers without payment terms.",
    )
    nu_trade_name = fields.Char(
        string="Trade name", help="NombreComercial, if it is not the company's name."
    )
    nu_branch = fields.Char(string="Branch", size=20, help="Sucursal on the e-CF.")
    nu_place_code = fields.Char(
        string="Municipality (DGII)",
        size=6,
        help="Six digits of DGII's table III, for example 010101.",
    )

    def _nu_is_electronic(self, moment=None):
        """Whether sales that name no series are electronic at a moment (UTC, now
        unless told)."""
        self.ensure_one()
        day = calendar.fiscal_day(moment or fields.Datetime.now())
        return bool(self.nu_ecf_start and self.nu_ecf_start <= day)

    @api.model
    def _nu_ecf_host(self, environment):
        """Base address of DGII's services, where ``nu_pos.ecf_base_url`` names another
        than DGII's own (a simulator): else None."""
        return (
            self.env["ir.config_parameter"].sudo().get_param("nu_pos.ecf_base_url")
            or None
        )
