"""What a company tells of itself for its reports to DGII."""

from odoo import fields, models

from . import res_company  # noqa: F401  (a model is defined before its extensions)

SERVES = [
    ("services", "Services (meals served): box 51"),
    ("goods", "Goods sold: box 50"),
]
SALES_LISTED = [
    ("all", "Series B and e-NCF"),
    ("paper", "Series B only: DGII has the e-CF"),
]


class ResCompany(models.Model):
    _inherit = "res.company"

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
