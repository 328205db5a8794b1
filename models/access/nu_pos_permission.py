"""Permissions by role, register and person."""

from odoo import api, models
from odoo.fields import Domain

from ...schemas.permissions import HUB, PERMISSIONS
from ..runtime.call import call_of
from ..runtime.problem import ApiProblem
from ..runtime.reference import database_id
from .res_users import HUB_GROUP


class NuPosPermission(models.AbstractModel):
    """Permissions, resolved anew on every request, on the register acted upon, in three
    layers; the later wins:

    1. the defaults of the role (``schemas.permissions``);
    2. ``nu.pos.permission.config``: a role of a company, or of one register;
    3. ``nu.pos.permission.user.override``: one person.

    Extension point: another addon adds a layer by overriding :meth:`_resolve_for`, or
    a cap of discounts by overriding :meth:`_cap_of`.
    """

    _name = "nu.pos.permission"
    _description = "Resolver of POS permissions"

    @api.private
    @api.model
    def resolve(self, config=None):
        """What the caller may do on a register.

        :param config: ``pos.config``; None: the caller's own register, or what holds
            in the company where there is none
        :return: ``{key: bool}`` over all keys
        """
        identity = self.env["nu.pos.identity"].current()
        config = config or (identity.employee and identity.config) or None
        allowed = call_of(self.env).once(
            self.env,
            ("permissions", config.id if config else None),
            lambda: self._resolve_for(
                identity.user, identity.employee, identity.role_on(config), config
            ),
        )
        return dict(allowed)

    @api.model
    def _resolve_for(self, user, employee, role, config=None):
        """
        :param role: on ``config``; None: nobody there, who may do nothing
        """
        if role is None:
            return dict.fromkeys(PERMISSIONS, False)
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
        if not self._is_internal() or not self.resolve(config)[key]:
            raise self._missing(key)

    @api.private
    @api.model
    def require_moved(self, key, own, config):
        """The permission on the register that an order or a number is on, when a
        request names another one: it is acted upon there too, and may leave it.

        :param own: its ``pos.config``; empty for what is new
        :param config: the register named, where the caller has the permission
        :raise ApiProblem: ``FORBIDDEN``, for one out of the caller's reach as well
        """
        if own and own != config:
            self.env["pos.config"]._nu_check_reach(own)
            self.require(key, own)

    @api.private
    @api.model
    def require_everywhere(self, key):
        """For what concerns the whole company: the permission on all its registers.

        :raise ApiProblem: ``FORBIDDEN`` that names the permission
        """
        configs = self.env["pos.config"]._nu_of_companies()
        if self.registers_without(key) or not self._is_internal():
            raise self._missing(key)
        if not configs:
            self.require(key)

    @api.private
    @api.model
    def require_somewhere(self, key):
        """For what is about a record that is not read yet, or about all the caller may
        see: the permission on one register at least.

        :raise ApiProblem: ``FORBIDDEN`` that names the permission
        """
        configs = self.env["pos.config"]._nu_accessible()
        if not configs:
            self.require(key)
        elif not self._is_internal() or not any(
            self.resolve(config)[key] for config in configs
        ):
            raise self._missing(key)

    @api.private
    @api.model
    def registers_without(self, key):
        """Registers of the caller's companies, archived ones too, on which the caller
        lacks the permission."""
        return (
            self.env["pos.config"]
            ._nu_of_companies()
            .filtered(lambda config: not self.resolve(config)[key])
        )

    @api.private
    @api.model
    def domain_with(self, key):
        """``Domain`` of records (with ``company_id`` and ``config_id``) of the
        companies and registers where the caller has the permission."""
        Config = self.env["pos.config"]
        domain = Domain("company_id", "in", list(Config._nu_company_ids()))
        only = self.env["nu.pos.identity"].current().only_config_id
        if only:
            domain &= Domain("config_id", "=", only)
        without = self.registers_without(key)
        if without:
            domain &= Domain("config_id", "not in", without.ids)
        return domain

    @api.model
    def _is_internal(self):
        return self.env.user.has_group("base.group_user")

    @api.model
    def _missing(self, key):
        return ApiProblem(
            "FORBIDDEN",
            f"This needs the permission {key} ({PERMISSIONS[key].label})",
            permission=key,
        )

    @api.private
    @api.model
    def require_for_route(self, route, body, query=None):
        """The gate: the permission of a route, on the register the request names in
        its body or query; on some register where it names none, the route then asks
        for the register of the record it finds.

        A register the caller may not use is no concern of the gate: the route will
        not find it.

        :param body: the shape the request was read as, or what was sent
        :param query: arguments of the address, ``{name: text}``
        """
        shown = _member(body, "approvals")
        if not route.permission or (route.approvable and shown):
            return
        configs = self._registers_named(body) | self._registers_named(query)
        for config in configs:
            self.require(route.permission, config)
        if not configs:
            self.require_somewhere(route.permission)

    @api.model
    def _registers_named(self, data):
        """The register that a body or query names, if the caller may use it."""
        configs = self.env["pos.config"]._nu_accessible()
        config_id = database_id(_member(data, "config_id", "configId"))
        return configs.filtered(lambda config: config.id == config_id)[:1]

    @api.private
    @api.model
    def discount_cap(self):
        """Greatest discount in percent the caller may give alone; None: no cap."""
        identity = self.env["nu.pos.identity"].current()
        user = identity.user
        if not identity.employee and user.has_group(HUB_GROUP):
            # no person, and the busiest caller of all: its employees are not asked for
            return user.nu_max_discount if user.nu_discount_capped else None
        return self._cap_of(user, identity.employee)

    @api.model
    def _cap_of(self, user, employee):
        """The stricter one of the person's user and employee; None: no cap."""
        employee = employee.sudo()
        user = employee.user_id if employee else user.sudo()
        people = [user, *(employee or user._nu_employees())]
        caps = [one.nu_max_discount for one in people if one and one.nu_discount_capped]
        return min(caps, default=None)


def told(allowed, cap):
    """The permissions a client is told: those that somebody enforces, a cap of nothing
    being no right to give discounts.

    :param allowed: ``{key: bool}`` of :meth:`NuPosPermission.resolve`
    :param cap: of discounts; None: no cap
    """
    return {
        key: allowed[key] and not (key == "discount" and cap == 0)
        for key, permission in PERMISSIONS.items()
        if permission.enforced
    }


def _member(data, *names):
    """The value that a shape, or an object as it was sent, has under one of its
    names."""
    if isinstance(data, dict):
        return next((data[name] for name in names if name in data), None)
    return getattr(data, names[0], None)
