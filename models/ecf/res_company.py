from odoo import api, fields, models

from ...fiscal import calendar

ENVIRONMENTS = [
    ("testecf", "Tests (testecf)"),
    ("certecf", "Certification (certecf)"),
    ("ecf", "Production (ecf)"),
]


class ResCompany(models.Model):
    """How, and since when, a company issues e-CF."""

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

    def write(self, vals):
        watched = {"nu_ecf_environment", "nu_ecf_start", "nu_ecf_send"} & vals.keys()
        before = [
            (company, company._nu_ecf_production_steps()) if watched else (company, ())
            for company in self
        ]
        result = super().write(vals)
        for company, steps in before:
            gone = [text for step, text in steps if not company._nu_ecf_step(step)]
            if gone:
                company._nu_ecf_warn_left(gone)
        return result

    def _nu_ecf_step(self, step):
        """Whether one of the three things that make receipts electronic is so now."""
        self.ensure_one()
        return {
            "environment": self.nu_ecf_environment == "ecf",
            "start": bool(self.nu_ecf_start),
            "send": self.nu_ecf_send,
        }[step]

    def _nu_ecf_production_steps(self):
        """``[(step, what it means to leave it)]`` of a company in production."""
        self.ensure_one()
        if self.nu_ecf_environment != "ecf":
            return []
        texts = {
            "environment": self.env._("Documents no longer go to DGII's production."),
            "start": self.env._("Sales that name no series are series B again."),
            "send": self.env._("Signed documents are no longer sent by themselves."),
        }
        return [item for item in texts.items() if self._nu_ecf_step(item[0])]

    def _nu_ecf_warn_left(self, texts):
        """Tell a manager that the company has left production of e-CF: receipts may be
        void (Ley 32-23 art. 37)."""
        certificate = self.env["nu.pos.ecf.certificate"].sudo()._of(self)
        if certificate:
            self._nu_ecf_tell(
                certificate,
                self.env._("e-CF: production was left"),
                " ".join((*texts, self.env._("By %s.", self.env.user.name))),
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
