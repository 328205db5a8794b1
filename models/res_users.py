from odoo import api, models

HUB_GROUP = "nu_restaurant_pos.group_pos_hub_service"


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.readonly
    def has_group(self, group_ext_id=None):
        # EXTENDS 'base'
        # Hubs and their installer call has_group([xmlid]) over RPC without ids, as it
        # was done when it was a model method: the name of the group arrives where the
        # ids belong, and browse() has split the text into its letters.
        if group_ext_id is None and all(isinstance(part, str) for part in self._ids):
            return self.env.user.has_group("".join(self._ids))
        return super().has_group(group_ext_id)

    def _nu_role(self):
        """``manager``, ``cashier`` or ``waiter``; always a text."""
        self.ensure_one()
        if self.has_group("point_of_sale.group_pos_manager"):
            return "manager"
        if self.has_group("point_of_sale.group_pos_user"):
            return "cashier"
        return "waiter"

    def _nu_may_sell(self):
        """May this user's token write orders? Hubs, cashiers and managers."""
        self.ensure_one()
        return self.has_group(HUB_GROUP) or self.has_group(
            "point_of_sale.group_pos_user"
        )
