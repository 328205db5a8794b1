"""Who may do what."""

from odoo import api, models

from ..schemas.permissions import HUB, PERMISSIONS
from .nu_pos_problem import ApiProblem
from .res_users import HUB_GROUP


class NuPosPermission(models.AbstractModel):
    """Resolves permissions anew on every call, in three layers; the later wins:

    1. the defaults of the role (``schemas.permissions``);
    2. ``nu.pos.permission.config``: a role of a company, or of one register;
    3. ``nu.pos.permission.user.override``: one person.
    """

    _name = "nu.pos.permission"
    _description = "Resolver of POS permissions"

    @api.private
    @api.model
    def resolve(self, config=None):
        """What the caller may do on a register.

        :param config: ``pos.config``; None: the overrides of registers do not count
        :return: ``{key: bool}`` over all keys
        """
        identity = self.env["nu.pos.identity"].current()
        return self._resolve_for(
            identity.user, identity.employee, identity.role, config
        )

    @api.model
    def _resolve_for(self, user, employee, role, config=None):
        roles = {role}
        if user and not employee and user.has_group(HUB_GROUP):
            roles.add(HUB)
        allowed = {
            key: bool(permission.roles & roles)
            for key, permission in PERMISSIONS.items()
        }
        if config:
            company_id = config._nu_company_id(config.id)
        else:
            company_id = user._nu_company_id() if user else employee.company_id.id
        allowed.update(
            self.env["nu.pos.permission.config"]._lines(
                company_id, config.id if config else False, role
            )
        )
        allowed.update(
            self.env["nu.pos.permission.user.override"]._lines(
                # who borrows the device's user has not that user's rights
                employee.sudo().user_id.id if employee else user.id,
                employee.id,
                company_id,
            )
        )
        return allowed

    @api.private
    @api.model
    def require(self, key, config=None):
        """:raise ApiProblem: ``FORBIDDEN`` that names the permission"""
        internal = self.env.user.has_group("base.group_user")
        if not internal or not self.resolve(config)[key]:
            raise ApiProblem(
                "FORBIDDEN",
                f"This needs the permission {key} ({PERMISSIONS[key].label})",
                permission=key,
            )

    @api.private
    @api.model
    def require_for_route(self, route, body):
        """The gate: the permission of a route, on the register the request names.

        A register the caller may not use is no concern of the gate: the route will
        not find it.
        """
        shown = isinstance(body, dict) and body.get("approvals")
        if route.permission and not (route.approvable and shown):
            self.require(route.permission, self._register_of(body))

    @api.model
    def _register_of(self, body):
        config_id = None
        if isinstance(body, dict):
            config_id = body.get("config_id", body.get("configId"))
        if isinstance(config_id, str) and config_id.isascii() and config_id.isdigit():
            config_id = int(config_id)
        configs = self.env["pos.config"]._nu_accessible()
        if isinstance(config_id, int) and not isinstance(config_id, bool):
            return configs.filtered(lambda config: config.id == config_id)[:1]
        return configs if len(configs) == 1 else configs[:0]

    @api.private
    @api.model
    def discount_cap(self):
        """Greatest discount in percent the caller may give alone; None: no cap.

        In the field 0 means unlimited, as clients of the contract expect.
        """
        identity = self.env["nu.pos.identity"].current()
        return self._cap_of(identity.user, identity.employee)

    @api.model
    def _cap_of(self, user, employee):
        cap = (employee.sudo() if employee else user.sudo()).nu_max_discount
        return cap or None
