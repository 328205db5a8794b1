from odoo import fields, models

from . import nu_pos_guarded  # noqa: F401  (a mixin is defined before its users)


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "nu.pos.guarded"]

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
