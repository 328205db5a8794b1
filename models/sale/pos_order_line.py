from odoo import fields, models

from ..evidence.nu_pos_guarded import OWN  # (a mixin is defined before its users)


class PosOrderLine(models.Model):
    _name = "pos.order.line"
    _inherit = ["pos.order.line", "nu.pos.guarded"]

    _nu_document_name = "order_id"
    _nu_sealed_names = frozenset(
        (
            "combo_item_id",
            "combo_parent_id",
            "company_id",
            "discount",
            "extra_tax_data",
            "full_product_name",
            "name",
            "nu_client_id",
            "nu_is_voided",
            "nu_is_not_invoiced",
            "nu_item_discount",
            "nu_metadata",
            "nu_voided_qty",
            "order_id",
            "price_extra",
            "price_subtotal",
            "price_subtotal_incl",
            "price_type",
            "price_unit",
            "product_id",
            "qty",
            "refunded_orderline_id",
            "tax_ids",
            "uuid",
        )
    )

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
    nu_sent_qty = fields.Float(
        string="Quantity at the kitchen",
        **OWN,
        digits="Product Unit",
        help="Taking it off the order again is a void, with a reason and a right.",
    )
    nu_voided_qty = fields.Float(string="Voided quantity", **OWN, digits="Product Unit")
    nu_metadata = fields.Json(**OWN)
    nu_kitchen_item_status = fields.Char(
        string="Kitchen status", **OWN, help="As the terminal has it."
    )
