from odoo import fields, models

from .nu_pos_guarded import OWN  # (a mixin is defined before its users)


class PosOrderLine(models.Model):
    _name = "pos.order.line"
    _inherit = ["pos.order.line", "nu.pos.guarded"]

    nu_client_id = fields.Char(string="Terminal's line id", **OWN)
    nu_item_discount = fields.Float(
        string="Item discount (%)",
        **OWN,
        digits=0,
        help="Discount of the line alone; Discount holds it combined with the check's.",
    )
    nu_is_voided = fields.Boolean(
        string="Voided",
        **OWN,
        help="Taken off the order after it went to the kitchen; counts for nothing.",
    )
    nu_voided_qty = fields.Float(string="Voided quantity", **OWN, digits="Product Unit")
    nu_metadata = fields.Json(**OWN)
