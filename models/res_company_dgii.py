"""What a company tells of itself for its reports to DGII."""

from odoo import fields, models

from . import res_company  # noqa: F401  (a model is defined before its extensions)

SERVES = [
    ("services", "Services (meals served): box 51"),
    ("goods", "Goods sold: box 50"),
]


class ResCompany(models.Model):
    _inherit = "res.company"

    nu_purchases_serve = fields.Selection(
        SERVES,
        string="Purchases serve",
        default="services",
        required=True,
        help="Row of Anexo A, section IX, that takes the deductible ITBIS of "
        "purchases: what they are for, not what is bought.",
    )
