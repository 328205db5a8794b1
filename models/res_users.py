from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.tools import ormcache

from .nu_pos_login_attempt import rate_limited

HUB_GROUP = "nu_restaurant_pos.group_pos_hub_service"
#: Who may change rights or settings acts with a password only, never by PIN, badge or
#: as the user of a device.
ADMINISTRATORS = ("base.group_system", "base.group_erp_manager")


class ResUsers(models.Model):
    _inherit = "res.users"

    nu_max_discount = fields.Float(
        string="Greatest discount (%)",
        help="What this person may give alone at the till. 0: no limit.",
    )

    @api.readonly
    def has_group(self, group_ext_id=None):
        # EXTENDS 'base'
        # Hubs and their installer call has_group([xmlid]) over RPC without ids, as it
        # was done when it was a model method: the name of the group arrives where the
        # ids belong, and browse() has split the text into its letters.
        if group_ext_id is None and all(isinstance(part, str) for part in self._ids):
            return self.env.user.has_group("".join(self._ids))
        return super().has_group(group_ext_id)

    def _on_login_cooldown(self, failures, previous):
        # EXTENDS 'base'
        # Odoo's own pause would be told as bad credentials; ours says how long it takes
        paused = super()._on_login_cooldown(failures, previous)
        if paused and self.env.context.get("nu_api_login") is True:
            parameters = self.env["ir.config_parameter"].sudo()
            seconds = int(parameters.get_param("base.login_cooldown_duration", 60))
            wait = previous + timedelta(seconds=seconds) - datetime.now()
            raise rate_limited(wait.total_seconds())
        return paused

    @api.model
    def _nu_spend_time_on(self, login, password):
        """Hash a password for nobody: refusing an unknown login takes as long as
        refusing a wrong password."""
        domain = self._get_login_domain(login)
        if not self.sudo().search(domain, limit=1):
            self._crypt_context().hash(password)

    @ormcache("self.id")
    def _nu_company_id(self):
        """Id of the user's default company; core forgets what it remembers of users
        when that changes."""
        return self.company_id.id

    def _nu_is_administrator(self):
        self.ensure_one()
        return any(self.has_group(group) for group in ADMINISTRATORS)

    def _nu_role(self):
        """``manager``, ``cashier`` or ``waiter``; always a text."""
        self.ensure_one()
        if self.has_group("point_of_sale.group_pos_manager"):
            return "manager"
        if self.has_group("point_of_sale.group_pos_user"):
            return "cashier"
        return "waiter"
