"""Identity of the caller: user, employee, device and register."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from odoo import api, models

from ..runtime.call import Call, call_of
from ..runtime.problem import ApiProblem
from .credential import check_password, check_staff, login_failed, missing
from .hr_employee import MANAGER_DIGITS, staff_role
from .nu_pos_login_attempt import Source, address

#: What a till can learn of a manager's PIN opens nothing over the API.
WEAK_PIN = (
    "The PIN of a till does not stand for a manager: log in with badge or password, or "
    f"give the manager an API PIN of at least {MANAGER_DIGITS} digits"
)


@dataclass(frozen=True)
class Caller:
    """What the gate found out about a request, as plain ids.

    It travels in the :class:`~..runtime.call.Call` of the request.
    """

    user_id: int
    method: str  # token, device, api_key or session
    employee_id: int | None = None
    device_id: int | None = None
    config_id: int | None = None
    company_id: int | None = None
    session_id: int | None = None
    staff_role: str | None = None  # of the employee, on this register, now
    only_config_id: int | None = None  # the register its device serves
    seen: Any = None  # (id, last seen) of the registered device in X-Device-Id


@dataclass(frozen=True)
class Identity:
    """The caller, as records read with all rights.

    ``employee``, ``device`` and ``config`` (register) are empty where there is none;
    ``company`` is the register's, else the user's. ``session`` is the id of the
    ``nu.pos.refresh.token``, None without a token. ``method`` is how the request was
    identified: ``token``, ``api_key``, ``session``, ``device``, ``rpc``, ``secret``.
    ``only_config_id``: a device of one register reaches that register only.
    """

    user: Any
    employee: Any
    device: Any
    config: Any
    known_company: Any = None
    session: int | None = None
    method: str = "secret"
    only_config_id: int | None = None

    @cached_property
    def company(self):
        return self.known_company or self.config.company_id or self.user.company_id

    staff_role: str | None = None

    @property
    def role(self):
        """``manager``, ``cashier`` or ``waiter`` on the caller's own register."""
        return self.role_on(self.config) or "waiter"

    def role_on(self, config):
        """Role on the register acted upon; None for somebody who is nobody there.

        A user's groups hold on every register of the user's companies; an employee is
        what the lists of that register say.

        :param config: ``pos.config``; empty: the caller's own register
        """
        if not self.employee:
            return self.user._nu_role()
        config = config or self.config
        if self.staff_role and config == self.config:
            return self.staff_role
        return self.employee._nu_role(config.sudo()) if config else None

    def is_person(self, other):
        """Is ``other`` (:class:`Identity`) the same human being?"""
        return not self._persons.isdisjoint(other._persons)

    @cached_property
    def _persons(self):
        # who borrows the user of a device is not that user
        employee = self.employee.sudo()
        user = employee.user_id if employee else self.user
        employees = employee or user.sudo()._nu_employees()
        return {("user", user_id) for user_id in user.ids} | {
            ("employee", employee_id) for employee_id in employees.ids
        }

    @property
    def name(self):
        return self.employee.name or self.user.name

    def wire(self, config=None):
        return {
            "id": self.user.id,
            "name": self.name,
            "role": (config and self.role_on(config)) or self.role,
            "employee_id": self.employee.id or None,
        }


class NuPosIdentity(models.AbstractModel):
    """Authentication by token, API key, password, PIN or badge.

    Extension point: another addon adds a way to log in by overriding :meth:`login`,
    or a way to call by overriding :meth:`of_token` or :meth:`of_api_key`.
    """

    _name = "nu.pos.identity"
    _description = "Who calls the POS API"

    @api.private
    @api.model
    def current(self):
        """The caller: whom the gate identified, or the user of an RPC call."""
        call = call_of(self.env)
        caller = call.caller
        if not caller or caller.user_id != self.env.uid:
            caller = Caller(user_id=self.env.uid, method="rpc")
        # records of one transaction are of no use to another one
        key = ("identity", self.env.cr)
        return call.once(self.env, key, lambda: self._identity_of(caller))

    @api.model
    def _identity_of(self, caller):
        return self._identity(
            self.env["res.users"].browse(caller.user_id),
            employee=caller.employee_id,
            device=caller.device_id,
            config=caller.config_id,
            company=caller.company_id,
            session=caller.session_id,
            method=caller.method,
            staff_role=caller.staff_role,
            only_config_id=caller.only_config_id,
        )

    @api.model
    def _identity(
        self, user, employee=None, device=None, config=None, company=None, **more
    ):
        env = self.sudo().env
        register = env["pos.config"].browse(config)
        user = user.sudo()
        return Identity(
            user=user,
            employee=env["hr.employee"].browse(employee),
            device=env["nu.pos.device"].browse(device),
            config=register,
            known_company=env["res.company"].browse(company),
            **more,
        )

    # -- Of a request --------------------------------------------------------------

    @api.private
    @api.model
    def of_token(self, token, device):
        """The caller an access token stands for.

        :param device: ``X-Device-Id``
        :raise ApiProblem: ``UNAUTHENTICATED``, ``TOKEN_EXPIRED``
        """
        row = self.env["nu.pos.token"].authenticate(token, device)
        role = None
        if row["employee_id"]:
            own_user = self.env["res.users"].sudo().browse(row["own_user_id"])
            role = staff_role(row["tier"], row["limited"], own_user)
            if role == "manager" and row["weak_pin"]:
                raise ApiProblem("UNAUTHENTICATED", WEAK_PIN)
        return Caller(
            user_id=row["user_id"],
            method="token",
            employee_id=row["employee_id"],
            device_id=row["device_id"],
            config_id=row["config_id"],
            company_id=row["company_id"],
            session_id=row["id"],
            staff_role=role,
            only_config_id=row["device_config_id"],
            seen=row["header_id"] and (row["header_id"], row["date_seen"]),
        )

    @api.private
    @api.model
    def of_api_key(self, key):
        """The caller an Odoo API key stands for; None for an unknown key."""
        uid = self.env["res.users.apikeys"]._check_credentials(scope="rpc", key=key)
        return self.of_user(uid, "api_key") if uid else None

    @api.private
    @api.model
    def of_user(self, uid, method):
        return Caller(user_id=uid, method=method)

    @api.private
    @api.model
    def of_device(self, identifier, secret):
        """The caller when a registered device calls for itself, by its secret.

        It acts as its user, or as Odoo's public user; None when it proves nothing.
        """
        device = secret and self.env["nu.pos.device"].proven(identifier, secret)
        if not device:
            return None
        return Caller(
            user_id=device.user_id.id or self.env.ref("base.public_user").id,
            method="device",
            device_id=device.id,
            company_id=device.company_id.id,
            only_config_id=device.config_id.id or None,
            seen=(device.id, device.date_seen),
        )

    @api.private
    @api.model
    def note_device(self, caller, identifier, version=None):
        """Note that a registered device called; refuse a revoked one.

        :param identifier: ``X-Device-Id``, empty for none
        """
        seen = caller.seen
        if identifier and caller.method in ("api_key", "session"):
            companies = self.env["res.users"].sudo().browse(caller.user_id).company_ids
            seen = self.env["nu.pos.device"].check_header(identifier, companies.ids)
        if seen and seen[0]:
            self.env["nu.pos.device"].seen(*seen, version)

    # -- Log in --------------------------------------------------------------------

    @api.private
    @api.model
    def login(self, wire, device=None, device_secret=None):
        """``POST /auth/login``.

        :param wire: ``schemas.auth.Login``
        :param device: ``X-Device-Id``
        :param device_secret: ``X-Device-Secret``
        :return: body of the answer
        :raise ApiProblem: ``BAD_CREDENTIALS``, the same for whatever was wrong;
            ``RATE_LIMITED``; ``UNAUTHENTICATED`` for a device that may not
        """
        if wire.badge is not None or wire.pin is not None:
            identity = self._login_staff(wire, device, device_secret)
            method = "pin" if wire.badge is None else "badge"
        else:
            identity = self._login_user(wire, device, device_secret)
            method = "password"
        proven = bool(identity.device.secret_hash and device_secret)
        body = self.env["nu.pos.token"].open_session(identity, method, device, proven)
        audit = self.env["nu_restaurant_pos.order_audit"].with_user(identity.user)
        audit.with_context(nu_call=Call(device))._record(
            "login",
            company=identity.company,
            payload={
                "method": method,
                "employee_id": identity.employee.id or None,
                "config_id": identity.config.id or None,
            },
        )
        return body

    @api.model
    def _login_user(self, wire, device_text, device_secret):
        _need(wire, "login", "password")
        # a device that tells its secret is bound by its own counters only
        proven = self.env["nu.pos.device"].proven(device_text, device_secret or "")
        source = Source(device_text and f"?{device_text}" or "", ip=address())
        if proven:
            source = proven._attempt_source()
        user = check_password(self.env, wire, source)
        if user.share:
            raise ApiProblem("FORBIDDEN", "The API is for internal users")
        config = self.env["pos.config"]
        if wire.config_id:
            config = config.with_user(user)._nu_pick(wire.config_id)
        company = config.sudo().company_id or user.company_id
        device = self.env["nu.pos.device"]
        if device_text:
            found = device.sudo().search(
                [("identifier", "=", device_text), ("company_id", "=", company.id)]
            )
            if found and found != device.proven(
                device_text, device_secret or "", company
            ):
                # one that never proves itself is bound, a wrong secret is refused
                if found.state != "active" or device_secret:
                    raise _unknown_device()
            device = found
        if config and device.config_id and device.config_id != config:
            raise other_register(device.config_id)
        return self._identity(
            user, device=device.id, config=config.id, company=company.id
        )

    @api.model
    def _login_staff(self, wire, device_text, device_secret):
        _need(wire, "config_id")
        config = self.env["pos.config"].sudo().browse(wire.config_id).exists()
        config = config.filtered("active")
        device = self.env["nu.pos.device"].proven(
            device_text, device_secret, config.company_id
        )
        if not device:
            # counted by address: nobody tries out identifiers and secrets for long
            self.env["nu.pos.login.attempt"].reserve(None, Source(ip=address()))
            login_failed(self.env, "device", device_text, config.company_id)
            raise _unknown_device()
        if device.config_id and device.config_id != config:
            raise other_register(device.config_id)
        employee = check_staff(self.env, config, wire, device._attempt_source())
        if (
            wire.badge is None
            and employee._nu_role(config) == "manager"
            and employee._nu_pin_is_weak()
        ):
            raise ApiProblem("FORBIDDEN", WEAK_PIN)
        user = employee.user_id or device.user_id
        if not user:
            raise ApiProblem(
                "FORBIDDEN",
                "Neither employee nor device has a user; set one on the device",
            )
        if not user.active or config.company_id not in user.company_ids:
            raise ApiProblem(
                "FORBIDDEN",
                "The user of this device may not work in the register's company",
            )
        if user._nu_is_administrator():
            raise ApiProblem(
                "FORBIDDEN",
                "An administrator logs in with login and password: a PIN or a badge "
                "does not open what a password guards",
            )
        return self._identity(
            user, employee=employee.id, device=device.id, config=config.id
        )

    @api.private
    @api.model
    def verify_staff(self, config, wire):
        """Who stands behind credentials somebody else's request carries, as those of a
        manager who approves an act. The attempt counts for who calls, whatever the
        headers of the request say.

        :param wire: has ``employee_id``, ``pin``, ``badge``, ``login``, ``password``
        :return: ``Identity``; its user is empty for an employee without one
        :raise ApiProblem: ``BAD_CREDENTIALS``, ``RATE_LIMITED``, ``VALIDATION``
        """
        caller = self.current()
        label = f"user:{caller.user.id}"
        if caller.employee:
            label = f"{label}:{caller.employee.id}"
        source = Source(label, proven=True, ip=address(), for_another=True)
        if wire.badge is None and wire.pin is None:
            user = check_password(self.env, wire, source, config.company_id)
            return self._identity(user, config=config.id)
        employee = check_staff(self.env, config, wire, source)
        return self._identity(employee.user_id, employee=employee.id, config=config.id)

    # -- Tiles ---------------------------------------------------------------------

    @api.private
    @api.model
    def tiles(self, config_id=None):
        """``GET /auth/users``: who may log in on a register, without any secret."""
        identity = self.current()
        config = identity.device.config_id or identity.config
        if config_id:
            config = self.env["pos.config"].sudo().browse(config_id).exists()
        if identity.only_config_id not in (None, config.id):
            raise other_register(config.browse(identity.only_config_id))
        if identity.method == "device":
            companies = identity.device.company_id
        else:
            companies = identity.config.company_id or identity.user.company_ids
        if not config and not config_id:
            raise missing("config_id")
        if not config.active or config.company_id not in companies:
            raise ApiProblem(
                "UNKNOWN_REFERENCE",
                errors=[
                    {
                        "path": "config_id",
                        "message": "no such register",
                        "given": str(config_id),
                    }
                ],
            )
        staff = self.env["hr.employee"].sudo()._nu_staff_of(config)
        return {
            "status": "ok",
            "config_id": config.id,
            "users": [employee._nu_tile(config) for employee in staff],
        }


def _need(wire, *names):
    for name in names:
        if getattr(wire, name) is None:
            raise missing(name)


def other_register(config):
    """The refusal for a device that is bound to another register."""
    return ApiProblem("FORBIDDEN", f"This device is for the register {config.name}")


def _unknown_device():
    return ApiProblem(
        "UNAUTHENTICATED",
        "This device may not log anybody in: it is not registered here, was revoked, or"
        " did not tell its secret; ask a manager to register it",
    )
