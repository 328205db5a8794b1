from odoo import fields, models

from . import nu_pos_guarded  # noqa: F401  (a mixin is defined before its users)


class PosOrderLine(models.Model):
    _name = "pos.order.line"
    _inherit = ["pos.order.line", "nu.pos.guarded"]

    nu_client_id = fields.Char(string="Terminal's line id", readonly=True, copy=False)
    nu_item_discount = fields.Float(
        string="Item discount (%)",
        readonly=True,
        copy=False,
        digits=0,
        help="Discount of the line alone; Discount holds it combined with the check's.",
    )
    nu_is_voided = fields.Boolean(
        string="Voided",
        readonly=True,
        copy=False,
        help="Taken off the order after it went to the kitchen; counts for nothing.",
    )
    nu_voided_qty = fields.Float(
        string="Voided quantity", readonly=True, copy=False, digits="Product Unit"
    )
    nu_metadata = fields.Json(readonly=True, copy=False)
