from odoo import api, fields, models
from odoo.tools import ormcache

from .nu_pos_login_attempt import API_LOGIN

HUB_GROUP = "nu_restaurant_pos.group_pos_hub_service"
#: Who may change rights or settings acts with a password only, never by PIN or badge,
#: nor as the user of a device.
ADMINISTRATORS = ("base.group_system", "base.group_erp_manager")


def with_cap(vals):
    """Values of a user or employee: who is given a cap is capped, also by an import
    that names the percentage only."""
    if vals.get("nu_max_discount") and "nu_discount_capped" not in vals:
        return {**vals, "nu_discount_capped": True}
    return vals


class ResUsers(models.Model):
    _inherit = "res.users"

    nu_discount_capped = fields.Boolean(string="Limit discounts")
    nu_max_discount = fields.Float(
        string="Greatest discount (%)",
        help="What this person may give alone at the till, if discounts are limited. "
        "0: none.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'base'
        return super().create([with_cap(vals) for vals in vals_list])

    def write(self, vals):
        # EXTENDS 'base'
        return super().write(with_cap(vals))

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
        # Odoo pauses all log-ins of an address, which all tills of a house share: ten
        # wrong passwords of one would keep the hub out. Log-ins of the API are counted
        # by nu.pos.login.attempt, which says how long to wait.
        if self.env.context.get("nu_api_login") is API_LOGIN:
            return False
        return super()._on_login_cooldown(failures, previous)

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

    def _nu_employees(self):
        """Employees of the user in all companies. Call with all rights."""
        return self.env["hr.employee"].search([("user_id", "in", self.ids)])

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
