"""Open checks of hubs beside those of Odoo's own screen."""

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

from ..evidence.nu_pos_guarded import SCREEN
from .pos_order import SOURCE


class PosOrder(models.Model):
    """A check that a hub has open is changed, paid and cancelled at the hub.

    Odoo's screen loads it, so that its table is not free; what the screen saves of it
    is refused: dishes added to it, a payment, a refund that fell into it because no
    other order was open. A manager takes it over where the hub is gone.
    """

    _inherit = "pos.order"

    @api.model
    def _nu_tab_name(self, tracking_number):
        """Name of a check without table whose hub gave it none. Without a name it would
        be a direct sale, and with that the next new order of the screen
        (pos_restaurant, ``isDirectSale``)."""
        return f"#{tracking_number}"

    def _nu_alias(self):
        """The name that the hub gave the check."""
        name = self.floating_order_name
        if not name or name == self._nu_tab_name(self.tracking_number):
            return None
        return name

    @api.model
    def _nu_check_own(self, orders):
        """Refuse what Odoo's screen would do to the open check of a hub: to the order,
        or to lines that it moves to another one.

        :param orders: values of ``sync_from_ui``
        """
        uuids = [order["uuid"] for order in orders if order.get("uuid")]
        line_ids = [
            command[1]
            for order in orders
            for command in order.get("lines") or ()
            if len(command) > 1 and command[0] != Command.CREATE and command[1]
        ]
        domain = Domain("uuid", "in", uuids)
        if line_ids:
            domain |= Domain("lines", "in", line_ids)
        self._nu_refuse_of_hub(self.sudo().search(domain & self._nu_of_hub()))

    @api.model
    def _nu_of_hub(self):
        return Domain("source", "=", SOURCE) & Domain("state", "=", "draft")

    @api.model
    def _nu_refuse_of_hub(self, checks):
        if not checks:
            return
        names = [
            check.table_id.display_name or check.floating_order_name or check.name
            for check in checks
        ]
        raise UserError(
            self.env._(
                "%s belongs to the hub: it is changed, paid and cancelled there. If "
                "the hub is gone, a manager takes it over on the form of the order.",
                ", ".join(names),
            )
        )

    def write(self, vals):
        # EXTENDS 'point_of_sale'
        # the API cancels as the system; a person is at the screen or the back office
        if vals.get("state") == "cancel" and not self.env.su:
            self._nu_refuse_of_hub(self.sudo().filtered_domain(self._nu_of_hub()))
        return super().write(vals)

    @api.model
    def _nu_check_lines_of_hub(self, orders):
        """Refuse what a person would do over RPC to the lines of a hub's open check:
        dishes taken off, prices, taxes. The API writes as the system, the screen has
        been asked by :meth:`_nu_check_own`."""
        if not self.env.su and self.env.context.get("nu_screen") is not SCREEN:
            self._nu_refuse_of_hub(orders.sudo().filtered_domain(self._nu_of_hub()))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_of_hub(self):
        if not self.env.su:
            self._nu_refuse_of_hub(self.sudo().filtered_domain(self._nu_of_hub()))

    def action_nu_take_over(self):
        """Make the open check of a hub one of Odoo's screen. What the hub sends of it
        afterwards is refused as long as it is not paid."""
        if not self.env.user.has_group("point_of_sale.group_pos_manager"):
            raise AccessError(
                self.env._("Only a manager takes over the open check of a hub.")
            )
        self.check_access("write")
        for check in self.sudo().filtered_domain(self._nu_of_hub()):
            check.source = "pos"
            self.env["nu_restaurant_pos.order_audit"]._record(
                "take_over",
                company=check.company_id,
                pos_reference=check.pos_reference,
                order=check,
            )
            check.config_id.notify_synchronisation(check.session_id.id, 0)
        return True
