"""What a company tells of itself for its reports to DGII."""

from odoo import api, fields, models

from ...fiscal import calendar, series

SERVES = [
    ("services", "Services (meals served): box 51"),
    ("goods", "Goods sold: box 50"),
]
CLASSES = [
    ("large_national", "Large, national"),
    ("large_local_medium", "Large local, and medium"),
    ("other", "Small, micro and unclassified"),
]
SALES_LISTED = [
    ("all", "Series B and e-NCF"),
    ("paper", "Series B only: DGII has the e-CF"),
]


class ResCompany(models.Model):
    _inherit = "res.company"

    nu_taxpayer_class = fields.Selection(
        CLASSES,
        string="Class of taxpayer",
        default=series.DEFAULT_CLASS,
        required=True,
        help="As DGII lists the company: it says until when series B may be issued.",
    )
    nu_series_b_until = fields.Date(
        string="Series B until",
        compute="_compute_nu_series_b_until",
        store=True,
        readonly=False,
        help="Last day of series B outside a contingency (Ley 32-23 art. 37). Change "
        "it if DGII gave the company another.",
    )
    nu_ecf_pending = fields.Boolean(
        string="Application pending",
        help="An application to issue e-CF is under way at DGII: series B goes on "
        "without warnings.",
    )
    nu_series_b_warning = fields.Char(
        string="Series B has ended", compute="_compute_nu_series_b_warning"
    )
    nu_607_series = fields.Selection(
        SALES_LISTED,
        string="The 607 file lists",
        default="all",
        required=True,
        help="The sales book and the IT-1 have all sales either way. DGII's help says "
        "that who issues e-CF only sends no 607, the instructions of the IT-1 name "
        "both: ask your accountant.",
    )
    nu_purchases_serve = fields.Selection(
        SERVES,
        string="Purchases serve",
        default="services",
        required=True,
        help="Row of Anexo A, section IX, that takes the deductible ITBIS of "
        "purchases: what they are for, not what is bought.",
    )

    # -- Series B after its end --------------------------------------------------------

    @api.depends("nu_taxpayer_class")
    def _compute_nu_series_b_until(self):
        for company in self:
            obligation = series.OBLIGATIONS[
                company.nu_taxpayer_class or series.DEFAULT_CLASS
            ]
            company.nu_series_b_until = obligation.last_day

    @api.depends(
        "account_fiscal_country_id",
        "nu_ecf_contingency",
        "nu_ecf_pending",
        "nu_ecf_start",
        "nu_series_b_until",
        "nu_taxpayer_class",
    )
    def _compute_nu_series_b_warning(self):
        for company in self:
            company.nu_series_b_warning = company._nu_series_b_text(
                company._nu_series_b_ended()
            )

    def _nu_series_b_ended(self, moment=None):
        """``{"until", "norm"}`` when sales that name no series get one of series B and
        the law knows none of it any more; else None. It warns and never stops a sale:
        a contingency and an application that is pending are lawful.

        :param moment: UTC, now unless told
        """
        self.ensure_one()
        moment = moment or fields.Datetime.now()
        until = self.nu_series_b_until
        if (
            self.account_fiscal_country_id.code != "DO"
            or not until
            or calendar.fiscal_day(moment) <= until
            or self.nu_ecf_pending
            or self._nu_ecf_cannot_issue()
            or self._nu_is_electronic(moment)
        ):
            return None
        return {"until": until, "norm": self._nu_series_b_norm()}

    def _nu_series_b_norm(self):
        return series.OBLIGATIONS[self.nu_taxpayer_class or series.DEFAULT_CLASS].norm

    def _nu_series_b_text(self, ended):
        if not ended:
            return False
        return self.env._(
            "Series B ended on %(until)s (%(norm)s): sales get numbers that are no "
            "valid receipt. Set up e-CF, declare a contingency, or say that an "
            "application is pending at DGII.",
            until=ended["until"],
            norm=ended["norm"],
        )
