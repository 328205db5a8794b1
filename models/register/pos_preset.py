from odoo import fields, models

ORDER_TYPES = [
    ("dine_in", "Dine in"),
    ("takeout", "Takeout"),
    ("delivery", "Delivery"),
]


class PosPreset(models.Model):
    _name = "pos.preset"
    _inherit = ["pos.preset", "nu.pos.audited"]

    nu_order_type = fields.Selection(
        ORDER_TYPES,
        string="Order type of the API",
        help="Which order_type of hubs and terminals this preset serves. The legal tip "
        "applies to dine in only.",
    )

    def write(self, vals):
        # EXTENDS 'point_of_sale'
        if "nu_order_type" in vals:
            self.env.registry.clear_cache()
        return super().write(vals)
