from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    nu_ncf_id = fields.Many2one(
        "nu.pos.ncf",
        string="NCF record",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    nu_ncf = fields.Char(
        related="nu_ncf_id.name", string="NCF", store=True, index="btree_not_null"
    )
