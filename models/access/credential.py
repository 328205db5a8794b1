"""Credentials: verification of passwords, PINs and badges, within limits of tries."""

import hashlib
import hmac

from odoo import api, models
from odoo.exceptions import AccessDenied

from ..runtime.call import Call, call_of
from ..runtime.problem import ApiProblem
from .nu_pos_login_attempt import API_LOGIN


def check_password(
    env: api.Environment, wire, source, company=None
) -> models.BaseModel:
    """Return the user of a login and password.

    :param source: :class:`Source`
    :param company: one the user must work in
    """
    Attempt, label = env["nu.pos.login.attempt"], source.label
    password = wire.password.get_secret_value()
    reserved = Attempt.reserve(f"login:{wire.login}", source)
    # Odoo's own pause, of all log-ins of an address, gives way to ours
    users = env["res.users"].with_context(nu_api_login=API_LOGIN)
    try:
        info = users.authenticate(
            {"type": "password", "login": wire.login, "password": password},
            {"interactive": False},
        )
    except AccessDenied as error:
        users._nu_spend_time_on(wire.login, password)
        login_failed(env, "password", label, login=wire.login)
        raise ApiProblem("BAD_CREDENTIALS") from error
    user = env["res.users"].sudo().browse(info["uid"])
    if company and company not in user.company_ids:
        login_failed(env, "password", label, company, login=wire.login)
        raise ApiProblem("BAD_CREDENTIALS")
    Attempt.clear(reserved)
    return user


def check_staff(env: api.Environment, config, wire, source) -> models.BaseModel:
    """Return the employee of a PIN or badge on a register.

    :param source: :class:`Source`
    """
    Employee = env["hr.employee"].sudo()
    secret = (wire.pin if wire.badge is None else wire.badge).get_secret_value()
    if wire.badge is not None:
        subject, kind = f"{config.id}:badge", "badge"
    elif wire.employee_id is not None:
        subject, kind = f"employee:{wire.employee_id}", "pin"
    else:
        _check_pin_only(env, config)
        subject, kind = f"{config.id}:pin", "pin"
    Attempt = env["nu.pos.login.attempt"]
    reserved = Attempt.reserve(subject, source)
    staff = Employee._nu_staff_of(config)
    if wire.badge is not None:
        candidates = staff.filtered(lambda employee: employee.barcode == secret)
    elif wire.employee_id is not None:
        candidates = staff.filtered(lambda e: e.id == wire.employee_id)
    else:
        candidates = staff
    found = Employee
    for employee in candidates or [None]:
        # compared also when there is nobody, and not stopped by a match
        if kind == "pin":
            right = (employee or Employee)._nu_is_pin(secret)
        else:
            right = _same(employee and employee.barcode, secret)
        if right:
            found |= employee
    user = found.user_id
    if len(found) != 1 or (
        user
        and (not user.active or user.share or config.company_id not in user.company_ids)
    ):
        login_failed(
            env, kind, source.label, config.company_id, employee_id=wire.employee_id
        )
        raise ApiProblem("BAD_CREDENTIALS")
    Attempt.clear(reserved)
    return found


def _check_pin_only(env, config):
    """Refuse a PIN without an employee unless the database allows it.

    Each guess tries the PINs of all employees at once, so it must be asked for, and no
    two may have the same; of PINs the API alone knows, two that are the same belong to
    nobody.
    """
    parameters = env["ir.config_parameter"].sudo()
    allowed = parameters.get_param("nu_pos.pin_only_login") in ("1", "True", "true")
    if allowed:
        staff = env["hr.employee"].sudo()._nu_staff_of(config)
        shared = staff.filtered(lambda one: one.pin and not one.nu_pin_is_own)
        pins = shared.mapped("pin")
        allowed = len(pins) == len(set(pins))
    if not allowed:
        raise missing("employee_id")


def login_failed(env: api.Environment, way: str, device, company=None, **tried):
    """Record a refused log-in in the audit, where it outlives the request."""
    audit = env["nu_restaurant_pos.order_audit"]
    if not (device or "").startswith("user:"):
        call = Call((device or "").lstrip("?"), caller=call_of(env).caller)
        audit = audit.with_context(nu_call=call)
    audit._record_refusal(
        ApiProblem("BAD_CREDENTIALS"),
        {"company": company, "act": "login", "way": way, **tried},
    )


def _same(known, given):
    """Compare in a time that tells nothing; an empty secret equals nothing."""
    left = hashlib.sha256((known or "").encode()).digest()
    right = hashlib.sha256(given.encode()).digest()
    return hmac.compare_digest(left, right) and bool(known)


def missing(name):
    return ApiProblem(
        "VALIDATION", errors=[{"path": name, "message": "Field required"}]
    )
