"""Lines of a hub that must not be changed at the screen."""

from odoo import api, models


class PosOrderLine(models.Model):
    """Lines of a hub's open check are the hub's, over RPC too."""

    _inherit = "pos.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'point_of_sale'
        if not self.env.su:
            orders = self.env["pos.order"]
            ids = {vals.get("order_id") for vals in vals_list} - {None, False}
            orders._nu_check_lines_of_hub(orders.browse(ids))
        return super().create(vals_list)

    def write(self, vals):
        # EXTENDS 'point_of_sale'
        if not self.env.su:
            orders = self.order_id
            if vals.get("order_id"):
                orders |= orders.browse(vals["order_id"])
            orders._nu_check_lines_of_hub(orders)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_of_hub(self):
        self.order_id._nu_check_lines_of_hub(self.order_id)
