"""Staff of a register: roles, tiles, and what a hub needs to log them in offline."""

import base64
import hashlib
import hmac

from odoo import api, fields, models
from odoo.tools import ormcache

from .nu_pos_problem import ApiProblem
from .res_users import HUB_GROUP

ROLE_LABELS = {"manager": "Manager", "cashier": "Cashier", "waiter": "Waiter"}
#: Cost of one guess at a PIN: 16 MB and some 40 ms.
SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


def staff_role(tier, limited, user):
    """Role of an employee on a register; None for somebody who may not log in there.

    :param tier: the register's list with the employee: ``advanced``, ``minimal``,
        ``basic``, None for none
    :param limited: the register lists who may log in
    :param user: the employee's own ``res.users``, with all rights; empty for none
    """
    if limited and not tier:
        return None
    if tier == "advanced":
        return "manager"
    if user and user.has_group("point_of_sale.group_pos_manager"):
        return "manager"
    if tier == "minimal":
        return "waiter"
    if tier == "basic" or not user:
        return "cashier"
    return user._nu_role()


class HrEmployee(models.Model):
    _inherit = "hr.employee"

    nu_max_discount = fields.Float(
        string="Greatest discount (%)",
        groups="hr.group_hr_user,point_of_sale.group_pos_manager",
        help="What this person may give alone at the till. 0: no limit.",
    )

    @api.model
    def _nu_staff_of(self, config):
        """Employees who may log in on a register: those of its lists; without a list of
        basic access, as in Odoo's own screen, all of the company."""
        domain = list(config._check_company_domain(config.company_id))
        listed = config.sudo()
        if listed.basic_employee_ids:
            employees = (
                listed.basic_employee_ids
                | listed.advanced_employee_ids
                | listed.minimal_employee_ids
            )
            domain.append(("id", "in", employees.ids))
        return self.search([*domain, ("active", "=", True)], order="name, id")

    def _nu_role(self, config):
        """``manager``, ``cashier`` or ``waiter`` on a register; None for somebody who
        may not log in there. Call with all rights."""
        self.ensure_one()
        tier = None
        for name in ("advanced", "minimal", "basic"):
            if not tier and self in config[f"{name}_employee_ids"]:
                tier = name
        return staff_role(tier, bool(config.basic_employee_ids), self.user_id)

    def _nu_tile(self, config):
        self.ensure_one()
        role = self._nu_role(config)
        words = (self.name or "").split()
        letters = [word[0] for word in (words[:1] + words[-1:] if words[1:] else words)]
        return {
            "id": self.id,
            "name": self.name,
            "initials": "".join(letters).upper(),
            "role": role,
            "role_label": ROLE_LABELS[role],
            "has_pin": bool(self.pin),
            "has_badge": bool(self.barcode),
        }

    # -- Offline log-in ------------------------------------------------------------

    def _nu_offline(self, config):
        self.ensure_one()
        return {
            "id": self.id,
            "name": self.name,
            "role": self._nu_role(config),
            "user_id": self.user_id.id or None,
            "pin": self._nu_offline_secret("pin", self.pin),
            "badge": self._nu_offline_secret("badge", self.barcode),
        }

    def _nu_offline_secret(self, kind, value):
        """``{"salt", "hash"}`` in base64, None without a value.

        The salt follows from the database's secret, the employee and the value: it is
        of this employee alone, changes with the value, and a hub that asks again gets
        the same. The hash is remembered by its salt, hence no value is.
        """
        if not value:
            return None
        key = self.env["nu.pos.token"]._secret().encode()
        text = f"offline|{kind}|{self.id}|{value}".encode()
        salt = hmac.new(key, text, hashlib.sha256).digest()[:16]
        computed = self._nu_scrypt(salt, _Hidden(value))
        return {"salt": _base64(salt), "hash": _base64(computed)}

    @api.model
    @ormcache("salt")
    def _nu_scrypt(self, salt, hidden):
        return hashlib.scrypt(hidden.value.encode(), salt=salt, **SCRYPT)


class NuPosOfflineAuth(models.AbstractModel):
    """Mixed into the register: what a hub needs to log staff in while Odoo is away."""

    _name = "nu.pos.offline.auth"
    _description = "Data of offline log-ins"

    @api.model
    def nu_offline_auth(self, config_id):
        """Employees of a register with salted hashes of PIN and badge, for hubs
        (``pos.config.nu_offline_auth(config_id)`` over RPC).

        To verify: ``scrypt(text, salt, n, r, p)`` of ``dklen`` bytes equals ``hash``.

        :raise ApiProblem: ``FORBIDDEN`` without the group POS Hub Service
        """
        user = self.env.user
        if not (user.has_group(HUB_GROUP) or user.has_group("base.group_system")):
            raise ApiProblem(
                "FORBIDDEN",
                f"Offline log-ins are for users of the group POS Hub Service"
                f" ({HUB_GROUP})",
                permission="hub_sync",
            )
        if isinstance(config_id, bool) or not isinstance(config_id, int):
            raise ApiProblem(
                "VALIDATION",
                errors=[{"path": "config_id", "message": "the id of a register"}],
            )
        config = self.env["pos.config"]._nu_pick(config_id)
        if user.has_group(HUB_GROUP):
            # who forwards for a house may lose this one right without leaving the group
            self.env["nu.pos.permission"].require("hub_sync", config)
        staff = self.env["hr.employee"].sudo()._nu_staff_of(config)
        return {
            "status": "ok",
            "config_id": config.id,
            "company_id": config.company_id.id,
            "generated_at": f"{fields.Datetime.now().isoformat()}Z",
            "algorithm": {"name": "scrypt", "encoding": "base64", **SCRYPT},
            "employees": [employee._nu_offline(config.sudo()) for employee in staff],
        }


class PosConfig(models.Model):
    """The register answers hubs, see ``nu.pos.offline.auth``."""

    _name = "pos.config"
    _inherit = ["pos.config", "nu.pos.offline.auth"]


class _Hidden:
    """Carries a value past logs and tracebacks."""

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return "***"


def _base64(data):
    return base64.b64encode(data).decode()
