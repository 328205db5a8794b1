"""Staff of a register: roles, tiles, and what a hub needs to log them in offline."""

import base64
import hashlib
import hmac
import secrets

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from .res_users import with_cap

ROLE_LABELS = {"manager": "Manager", "cashier": "Cashier", "waiter": "Waiter"}
#: Cost of one guess at a PIN: 16 MB and some 40 ms.
SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}
#: Digits of a PIN that logs in over the API, and of one that stands for a manager where
#: Odoo's own screen sells: the screen holds plain SHA-1 of the PINs it unlocks with, of
#: which all four-digit ones are tried in milliseconds.
LEAST_DIGITS, MANAGER_DIGITS = 4, 6


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

    # HR only: others read the public employees, which have no such fields: a field that
    # POS managers had too would be missed there, and neither till nor register open
    nu_discount_capped = fields.Boolean(
        string="Limit discounts", groups="hr.group_hr_user"
    )
    nu_max_discount = fields.Float(
        string="Greatest discount (%)",
        groups="hr.group_hr_user",
        help="What this person may give alone at the till, if discounts are limited. "
        "0: none.",
    )
    nu_pin_salt = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    nu_pin_hash = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    nu_pin_digits = fields.Integer(readonly=True, copy=False, groups=fields.NO_ACCESS)
    nu_pin_is_own = fields.Boolean(
        string="PIN of its own for the API",
        readonly=True,
        copy=False,
        groups="hr.group_hr_user",
    )
    nu_api_pin = fields.Char(
        string="API PIN",
        compute="_compute_nu_api_pin",
        inverse="_inverse_nu_api_pin",
        groups="hr.group_hr_user",
        help="For terminals that talk to the API. Kept as a hash, shown never again. "
        "Without one the PIN above is taken, from 4 digits on; a manager needs one of "
        "his own of at least 6 digits, because Odoo's own screen holds the other.",
    )

    # -- PIN of the API ------------------------------------------------------------

    def _compute_nu_api_pin(self):
        self.nu_api_pin = False

    def _inverse_nu_api_pin(self):
        for employee in self.filtered("nu_api_pin"):
            employee._nu_set_api_pin(employee.nu_api_pin)
        # nor is it told to who has just typed it
        self.invalidate_recordset(["nu_api_pin"], flush=False)

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'hr'
        employees = super().create([with_cap(vals) for vals in vals_list])
        for employee, vals in zip(employees, vals_list, strict=True):
            if vals.get("pin") and not vals.get("nu_api_pin"):
                employee.sudo()._nu_follow_pin()
        return employees

    def write(self, vals):
        # EXTENDS 'hr'
        result = super().write(with_cap(vals))
        if "pin" in vals and not vals.get("nu_api_pin"):
            for employee in self.sudo():
                employee._nu_follow_pin()
        return result

    def _nu_follow_pin(self):
        """Odoo's PIN was set: the API takes it too, unless it has one of its own."""
        self.ensure_one()
        if self.nu_pin_is_own:
            # a PIN the screen knows as well is none of its own
            self.nu_pin_is_own = not self._nu_is_pin(self.pin)
        elif self.pin and len(self.pin) >= LEAST_DIGITS:
            self._nu_keep_pin(self.pin)
        else:
            self._nu_forget_pin()

    @api.model
    def _nu_hash_pins(self):
        """Hash what was set before this module was installed, or while it was away."""
        employees = self.sudo().with_context(active_test=False)
        for employee in employees.search(
            [("pin", "!=", False), ("nu_pin_hash", "=", False)]
        ):
            employee._nu_follow_pin()

    def _nu_set_api_pin(self, pin):
        """Give the employee a PIN of the API."""
        self.ensure_one()
        if not pin.isascii() or not pin.isdigit() or len(pin) < LEAST_DIGITS:
            raise ValidationError(
                self.env._("An API PIN has at least %s digits.", LEAST_DIGITS)
            )
        employee = self.sudo()
        employee._nu_keep_pin(pin)
        employee.nu_pin_is_own = pin != employee.pin

    def _nu_keep_pin(self, pin):
        if self._nu_is_pin(pin):
            return  # hubs keep the hash: it changes with the PIN only
        salt = secrets.token_bytes(16)
        self.write(
            {
                "nu_pin_salt": _base64(salt),
                "nu_pin_hash": _base64(_scrypt(pin, salt)),
                "nu_pin_digits": len(pin),
            }
        )

    def _nu_forget_pin(self):
        if self.nu_pin_hash:
            self.write({"nu_pin_salt": False, "nu_pin_hash": False, "nu_pin_digits": 0})

    def _nu_is_pin(self, given):
        """Is it the PIN of the API? Takes as long for an employee without one, or for
        nobody (an empty set)."""
        salt = base64.b64decode(self.nu_pin_salt or "") or bytes(16)
        computed = _base64(_scrypt(given or "", salt))
        known = self.nu_pin_hash or ""
        return hmac.compare_digest(computed, known) and bool(known)

    def _nu_pin_is_weak(self):
        """May somebody at a till know the PIN, or guess it, so that it must not stand
        for a manager? Not where no register of the company opens Odoo's screen."""
        self.ensure_one()
        strong = self.nu_pin_is_own and self.nu_pin_digits >= MANAGER_DIGITS
        return not strong and bool(
            self.env["pos.config"]
            .sudo()
            .search_count(
                [
                    ("company_id", "=", self.company_id.id),
                    ("nu_odoo_screen", "=", True),
                ],
                limit=1,
            )
        )

    def get_barcodes_and_pin_hashed(self):
        # EXTENDS 'pos_hr'
        # Plain SHA-1, which any POS user may ask for. A manager's is for managers: to
        # others it is a hash that no PIN and no badge has. An empty one would let
        # anybody choose the manager without being asked.
        rows = super().get_barcodes_and_pin_hashed()
        if self.env.user._nu_role() == "manager":
            return rows
        managers = set(self.sudo()._nu_managers().ids)
        for row in rows:
            if row["id"] in managers:
                row.update(pin=secrets.token_hex(20), barcode=secrets.token_hex(20))
        return rows

    def _nu_managers(self):
        """Those of the employees who manage a register, or have a user with rights
        above a cashier's."""
        lists = self.env["pos.config"].search(
            [("advanced_employee_ids", "in", self.ids)]
        )
        return self.filtered(
            lambda employee: (
                employee in lists.advanced_employee_ids
                or employee.user_id.has_group("point_of_sale.group_pos_manager")
                or (employee.user_id and employee.user_id._nu_is_administrator())
            )
        )

    @api.model
    def _load_pos_data_read(self, records, config):
        # EXTENDS 'pos_hr'
        rows = super()._load_pos_data_read(records, config)
        if not config.nu_odoo_screen:
            for row in rows:
                row.update(_pin=secrets.token_hex(20), _barcode=secrets.token_hex(20))
        return rows

    # -- Staff of a register -------------------------------------------------------

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
            "has_pin": bool(self.nu_pin_hash),
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
            "pin": {"salt": self.nu_pin_salt, "hash": self.nu_pin_hash}
            if self.nu_pin_hash
            else None,
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
        return _scrypt(hidden.value, salt)


class _Hidden:
    """Carries a value past logs and tracebacks."""

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return "***"


def _scrypt(text, salt):
    return hashlib.scrypt(text.encode(), salt=salt, **SCRYPT)


def _base64(data):
    return base64.b64encode(data).decode()
