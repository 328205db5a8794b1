"""Terminals, tablets and hubs."""

import hashlib
import secrets

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.sql_db import Cursor
from odoo.tools import SQL, consteq

from ...schemas.device import Device, DeviceRegistration
from ..runtime.problem import ApiProblem
from ..runtime.wire import reads
from .nu_pos_login_attempt import Source, address, apart

#: How often a device is noted as seen, in seconds.
SEEN_EVERY = 60


class NuPosDevice(models.Model):
    """A device that managers let in: staff may log in on it by PIN or badge.

    It tells its ``identifier`` with every call (``X-Device-Id``) and proves itself
    with its secret where it has one (``X-Device-Secret``). The secret is told once and
    kept as a hash; it is random and long, so a plain hash is enough.
    """

    _name = "nu.pos.device"
    _inherit = "nu.pos.audited"
    _description = "POS device"
    _order = "company_id, name"
    _nu_audit_event = "device"
    _nu_audit_fields = (
        *("company_id", "config_id", "name", "identifier", "state", "user_id"),
        "secret_hash",
    )

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    config_id = fields.Many2one(
        "pos.config",
        string="Register",
        check_company=True,
        help="Staff log in for this register only. Empty: for any of the company.",
    )
    identifier = fields.Char(
        required=True, help="What the device sends as X-Device-Id."
    )
    state = fields.Selection(
        [("active", "Active"), ("revoked", "Revoked")],
        default="active",
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Acts as",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="User in whose name staff without a user of their own work.",
    )
    platform = fields.Char(help="Make, system, place: whatever tells it apart.")
    app_version = fields.Char(string="Version", readonly=True)
    date_seen = fields.Datetime(string="Last seen", readonly=True)
    date_revoked = fields.Datetime(string="Revoked on", readonly=True)
    secret_hash = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    has_secret = fields.Boolean(
        string="Has a secret", compute="_compute_has_secret", compute_sudo=True
    )
    session_ids = fields.One2many(
        "nu.pos.refresh.token", "device_id", string="Sessions", readonly=True
    )
    open_session_count = fields.Integer(compute="_compute_open_session_count")

    _identifier_uniq = models.UniqueIndex(
        "(company_id, identifier)",
        "This device identifier is registered already.",
    )

    @api.depends("secret_hash")
    def _compute_has_secret(self):
        for device in self:
            device.has_secret = bool(device.secret_hash)

    @api.depends("session_ids.state")
    def _compute_open_session_count(self):
        for device in self:
            device.open_session_count = len(
                device.session_ids.filtered(lambda session: session.state == "open")
            )

    @api.constrains("identifier")
    def _check_identifier(self):
        for device in self:
            text = device.identifier
            if text != text.strip() or not text.isascii() or not text.isprintable():
                raise ValidationError(
                    self.env._(
                        "A device identifier holds plain characters only, without "
                        "accents."
                    )
                )
            if len(text) > 128:
                raise ValidationError(
                    self.env._("A device identifier has at most 128 characters.")
                )

    @api.constrains("user_id", "company_id")
    def _check_user(self):
        for device in self.filtered("user_id"):
            user = device.user_id.sudo()
            if user.share or device.company_id not in user.company_ids:
                raise ValidationError(
                    self.env._(
                        "%s is no internal user of the device's company.", user.name
                    )
                )
            # a PIN must not open what a password guards
            if user._nu_is_administrator():
                raise ValidationError(
                    self.env._(
                        "%s is an administrator: a device cannot act as one.", user.name
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        # one made on its form has a secret from the start, read by the button: what
        # has none is whoever sends its identifier
        devices = super().create(vals_list)
        if self.env.context.get("nu_device_form"):
            for device in devices:
                device._renew_secret()
        return devices

    # -- What a request knows of its device ----------------------------------------

    @api.private
    @api.model
    def proven(self, identifier, secret, company=None):
        """The active device a request comes from; an empty set when it is not
        registered, was revoked, or has a secret that was not told.

        :param company: None: of any company, by its secret only
        """
        domain = [("identifier", "=", identifier or ""), ("state", "=", "active")]
        if company is not None:
            domain.append(("company_id", "=", company.id))
        given = _hash(secret or "")
        for device in self.sudo().search(domain):
            if device.secret_hash:
                if consteq(device.secret_hash, given):
                    return device
            elif company is not None:
                return device
        return self.sudo().browse()

    @api.private
    @api.model
    def check_header(self, identifier, company_ids):
        """A device that calls without a token of ours: refuse a revoked one.

        :return: ``(device id or None, last seen or None)``
        :raise ApiProblem: ``UNAUTHENTICATED``
        """
        self.env.cr.execute(
            SQL(
                "SELECT id, state, date_seen FROM nu_pos_device"
                " WHERE identifier = %s AND company_id IN %s ORDER BY state, id",
                identifier,
                tuple(company_ids) or (0,),
            )
        )
        found = self.env.cr.fetchall()
        if found and found[0][1] == "revoked":
            raise revoked_device()
        return (found[0][0], found[0][2]) if found else (None, None)

    @api.private
    @api.model
    def seen(self, device_id, last, version=None):
        """Note that a device called, at most once a minute, beside the request.

        A row somebody is changing is skipped: being seen is no reason to wait.

        :param last: when it was noted last, as the caller has just read
        """
        now = fields.Datetime.now()
        if last and (now - last).total_seconds() < SEEN_EVERY:
            return
        if self.env.cr.readonly and not isinstance(self.env.cr, Cursor):
            return  # a test on one connection, which is read-only now
        with apart(self.env) as cr:
            cr.execute(
                SQL(
                    """UPDATE nu_pos_device
                          SET date_seen = %s, app_version = COALESCE(%s, app_version)
                        WHERE id IN (
                            SELECT id FROM nu_pos_device
                             WHERE id = %s AND date_seen IS NOT DISTINCT FROM %s
                               FOR NO KEY UPDATE SKIP LOCKED)""",
                    now,
                    version and version[:64],
                    device_id,
                    # a new device was never seen: NULL, which the ORM reads as False
                    last or None,
                )
            )

    # -- Routes --------------------------------------------------------------------

    @api.private
    @api.model
    @reads
    def register(self, wire: DeviceRegistration):
        """``POST /devices/register``: let a device in, or in again; its secret is told
        this once, an older one is void. Its open sessions end.

        :raise ApiProblem: ``FORBIDDEN`` unless the caller is a manager
        """
        Config = self.env["pos.config"]
        config = Config._nu_pick(wire.config_id) if wire.config_id else Config.browse()
        self._require_manage(config)
        company = config.company_id or self.env.company
        devices = self.sudo().with_company(company)
        device = devices.search(
            [("identifier", "=", wire.device_id), ("company_id", "=", company.id)]
        )
        created = not device
        values = {"state": "active", "date_revoked": False}
        values.update(
            {
                name: value
                for name, value in (
                    ("name", wire.name),
                    ("config_id", config.id),
                    ("platform", wire.platform),
                )
                if value
            }
        )
        if device:
            self._require_manage(device.config_id)
            device.session_ids._revoke("device")
            device.write(values)
        else:
            values.setdefault("name", wire.device_id)
            device = devices.create(
                {"identifier": wire.device_id, "company_id": company.id, **values}
            )
        secret = device._renew_secret()
        return {
            "status": "ok",
            "created": created,
            "device": Device.from_record(device),
            "device_secret": secret,
        }

    @api.private
    @api.model
    def listing(self):
        """``GET /devices``: those of the registers the caller manages, and with all of
        them those of no register."""
        self.env["nu.pos.permission"].require_somewhere("device_manage")
        without = self.env["nu.pos.permission"].registers_without("device_manage")
        domain = [("company_id", "in", self.env.companies.ids)]
        if without or self.env["nu.pos.identity"].current().only_config_id:
            managed = self.env["pos.config"]._nu_of_companies() - without
            domain.append(("config_id", "in", managed.ids))
        devices = self.sudo().search(domain)
        return {"status": "ok", "data": [Device.from_record(one) for one in devices]}

    @api.private
    @api.model
    def change(self, device_id, wire):
        """``PATCH /devices/{id}``: name, platform or register."""
        device = self._pick(device_id)
        values = wire.model_dump(exclude_unset=True, exclude_none=True)
        if wire.config_id:
            config = self.env["pos.config"]._nu_pick(wire.config_id)
            if config.company_id != device.company_id:
                raise ApiProblem(
                    "UNKNOWN_REFERENCE",
                    errors=[{"path": "config_id", "message": "is of another company"}],
                )
            self._require_manage(config)
        elif "config_id" in wire.model_fields_set:
            self._require_manage(self.env["pos.config"])
            values["config_id"] = False
        device.write(values)
        return {"status": "ok", "device": Device.from_record(device)}

    @api.private
    @api.model
    def revoke(self, device_id):
        """``POST /devices/{id}/revoke``"""
        device = self._pick(device_id)
        device._revoke()
        return {"status": "ok", "device": Device.from_record(device)}

    @api.model
    def _pick(self, device_id):
        device = self.sudo().search(
            [("id", "=", device_id), ("company_id", "in", self.env.companies.ids)]
        )
        if not device:
            raise ApiProblem("NOT_FOUND", "There is no such device")
        self._require_manage(device.config_id)
        return device

    @api.model
    def _require_manage(self, config):
        """A device of a register is the business of its managers; one of no register,
        which reaches all of them, that of whoever manages all."""
        Permission = self.env["nu.pos.permission"]
        if config:
            Permission.require("device_manage", config)
        else:
            Permission.require_everywhere("device_manage")

    def _attempt_label(self):
        """Names the device in the counters of log-ins. What a caller merely claims to
        be is named otherwise (``nu.pos.identity``): it cannot lock this device."""
        self.ensure_one()
        return f"#{self.id}"

    def _attempt_source(self):
        """Of a log-in on this device, which has been found by its identifier and, if
        it has one, by its secret. Without a secret anybody may claim to be it: then it
        is counted for each address apart."""
        return Source(
            self._attempt_label(), proven=bool(self.secret_hash), ip=address()
        )

    def _renew_secret(self):
        self.ensure_one()
        secret = secrets.token_urlsafe(32)
        self.sudo().secret_hash = _hash(secret)
        return secret

    def _revoke(self):
        self.write({"state": "revoked", "date_revoked": fields.Datetime.now()})
        self.sudo().session_ids._revoke("device")

    # -- Buttons -------------------------------------------------------------------

    def action_revoke(self):
        self.check_access("write")
        self._revoke()

    def action_restore(self):
        """Let the device in again. Its old sessions stay closed."""
        self.check_access("write")
        self.write({"state": "active", "date_revoked": False})

    def action_unlock(self):
        """Forget the failed log-ins of the device."""
        self.check_access("write")
        attempts = self.env["nu.pos.login.attempt"].sudo()
        labels = [device._attempt_label() for device in self]
        attempts.search([("device", "in", labels)]).unlink()

    def action_new_secret(self):
        """Give the device a new secret and show it, this once; its sessions end."""
        self.check_access("write")
        secret = self._renew_secret()
        self.sudo().session_ids._revoke("device")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Secret of the device"),
            "res_model": "nu.pos.device.secret",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_secret": secret},
        }


def revoked_device():
    return ApiProblem("UNAUTHENTICATED", "This device was revoked; ask a manager")


def _hash(secret):
    return hashlib.sha256(secret.encode()).hexdigest()
