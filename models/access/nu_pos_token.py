"""Tokens of hubs and terminals."""

import base64
import hashlib
import hmac
import logging
import secrets
from datetime import timezone

import jwt

from odoo import api, models
from odoo.tools import consteq

from ...fiscal import version
from ..runtime.problem import ApiProblem
from .nu_pos_permission import told

_logger = logging.getLogger(__name__)

SECRET_PARAMETER = "nu_pos.jwt_secret"
ALGORITHM = "HS256"
ISSUER = "nu_restaurant_pos"
_REQUIRED = ("exp", "iat", "sub", "typ", "prf", "fam", "jti")


class NuPosToken(models.AbstractModel):
    """JWTs that say who calls and from which device, never what they may do.

    Claims: ``sub`` user, ``emp`` employee, ``dev`` device identifier, ``cfg`` register,
    ``cid`` company, ``fam`` session (see ``nu.pos.refresh.token``), ``prf`` a proof
    that dies with the user's password and with the employee's PIN and badge. Rights
    are read on every call, so archiving a user or taking a group away acts at once.

    Extension point: another addon adds claims by overriding :meth:`_encode` and
    refuses a token by overriding :meth:`_check`.
    """

    _name = "nu.pos.token"
    _description = "Tokens of the POS API"

    # -- Giving --------------------------------------------------------------------

    @api.private
    @api.model
    def open_session(self, identity, method, device=None, proven=False):
        """Tokens for somebody who has just proved who they are.

        :param identity: ``Identity`` of ``nu.pos.identity``
        :param method: ``password``, ``pin`` or ``badge``
        :param device: ``X-Device-Id`` of the request
        :param proven: the device told its secret
        :return: body of the answer
        """
        Session = self.env["nu.pos.refresh.token"]
        session, secret = Session.open(
            {
                "method": method,
                "user_id": identity.user.id,
                "employee_id": identity.employee.id,
                "company_id": identity.company.id,
                "config_id": identity.config.id,
                "device": device,
                "device_id": identity.device.id,
                "is_proven": proven,
            },
            self._refresh_seconds(),
        )
        employee = identity.employee
        who = {
            "sub": str(identity.user.id),
            "emp": employee.id or None,
            "dev": device,
            "cfg": identity.config.id or None,
            "cid": identity.company.id,
            "fam": session.family,
            "prf": self._proof(identity.user, employee.nu_pin_hash, employee.barcode),
        }
        return {
            **self._pair(who, secret, session.create_date),
            "user": identity.wire(),
        }

    @api.private
    @api.model
    def refresh(self, token, device=None, device_secret=None):
        """A new pair of tokens for a refresh token, which is used up.

        :param device: ``X-Device-Id`` of the request
        :param device_secret: ``X-Device-Secret``, needed if the log-in told it
        :raise ApiProblem: ``UNAUTHENTICATED``, ``TOKEN_EXPIRED``
        """
        claims = self._decode(token, "refresh")
        Session = self.env["nu.pos.refresh.token"]
        row = Session.standing(claims["fam"], device)
        self._check(claims, row, device)
        if row["is_proven"]:
            company = self.env["res.company"].browse(row["company_id"])
            proven = self.env["nu.pos.device"].proven(device, device_secret, company)
            if proven.id != row["device_id"]:
                raise ApiProblem(
                    "UNAUTHENTICATED",
                    "Send X-Device-Id and X-Device-Secret as at log-in",
                )
        successor = self._successor(claims)
        used = Session.rotate(
            claims["fam"], claims["jti"], successor, device, self._refresh_seconds()
        )
        who = {
            name: claims.get(name)
            for name in ("sub", "emp", "dev", "cfg", "cid", "fam", "prf")
        }
        return self._pair(who, successor, used)

    @api.model
    def _pair(self, who, secret, moment):
        """Access and refresh token. The same arguments give the same tokens: an answer
        that was lost can be given again.

        :param moment: when they were given, naive UTC in whole seconds
        """
        issued = int(moment.replace(tzinfo=timezone.utc).timestamp())
        lifetime = self._seconds("nu_pos.access_token_minutes", 60, 60)
        access = {
            **who,
            "typ": "access",
            "jti": self._derive("access", secret)[:16],
            "exp": issued + lifetime,
        }
        refresh = {
            **who,
            "typ": "refresh",
            "jti": secret,
            "exp": issued + self._refresh_seconds(),
        }
        return {
            "status": "ok",
            "access_token": self._encode(access, issued),
            "refresh_token": self._encode(refresh, issued),
            "token_type": "Bearer",
            "expires_in": lifetime,
        }

    @api.model
    def _encode(self, claims, issued):
        claims = {"iss": ISSUER, "iat": issued, **claims}
        told = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(told, self._secret(), algorithm=ALGORITHM)

    # -- Taking --------------------------------------------------------------------

    @api.private
    @api.model
    def authenticate(self, token, device=None):
        """What an access token and its session say of the caller.

        :param device: ``X-Device-Id`` of the call
        :return: row of ``nu.pos.refresh.token.standing``
        :raise ApiProblem: ``TOKEN_EXPIRED``, ``UNAUTHENTICATED``
        """
        claims = self._decode(token, "access")
        row = self.env["nu.pos.refresh.token"].standing(claims["fam"], device)
        self._check(claims, row, device)
        return row

    @api.model
    def _decode(self, token, kind):
        try:
            claims = jwt.decode(
                token,
                self._secret(),
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                options={"require": list(_REQUIRED)},
            )
        except jwt.ExpiredSignatureError as error:
            raise ApiProblem("TOKEN_EXPIRED") from error
        except jwt.InvalidTokenError as error:
            raise ApiProblem("UNAUTHENTICATED", "The token is not valid") from error
        if claims["typ"] != kind:
            raise ApiProblem("UNAUTHENTICATED", f"This is no {kind} token")
        return claims

    @api.model
    def _check(self, claims, row, device):
        self.env["nu.pos.refresh.token"].check(row, device)
        if row["user_id"] != int(claims["sub"]):
            raise ApiProblem("UNAUTHENTICATED", "The token is not valid")
        user = self.env["res.users"].sudo().browse(row["user_id"])
        if not row["user_active"]:
            raise ApiProblem("UNAUTHENTICATED", "The user is archived")
        if row["method"] != "password" and user._nu_is_administrator():
            raise ApiProblem(
                "UNAUTHENTICATED",
                "The user has become an administrator: log in with the password",
            )
        proof = self._proof(user, row["pin_hash"], row["barcode"])
        if not consteq(claims["prf"], proof):
            raise ApiProblem(
                "UNAUTHENTICATED", "Password, PIN or badge changed; log in again"
            )

    # -- Who, and with what --------------------------------------------------------

    @api.private
    @api.model
    def me(self):
        """Who calls, from where, and where they may work."""
        identity = self.env["nu.pos.identity"].current()
        user = identity.user
        if user.share:
            raise ApiProblem("FORBIDDEN")
        configs = self.env["pos.config"]._nu_accessible()
        if identity.config:
            configs &= identity.config
        device, company = identity.device, identity.company
        cap = self.env["nu.pos.permission"].discount_cap()
        return {
            "status": "ok",
            "user": identity.wire(),
            "device": {
                "id": device.id,
                "device_id": device.identifier,
                "name": device.name,
            }
            if device
            else None,
            "company": {"id": company.id, "name": company.name},
            "config_id": identity.config.id or None,
            "company_ids": user.company_ids.ids,
            # on the token's register, or the only one there is
            "permissions": told(
                self.env["nu.pos.permission"].resolve(
                    configs if len(configs) == 1 else None
                ),
                cap,
            ),
            "max_discount_pct": cap,
            "configs": [
                {
                    "id": config.id,
                    "name": config.name,
                    "company_id": config.company_id.id,
                    "session_id": config._nu_open_session().id or None,
                    **config._nu_terminal_settings(),
                }
                for config in configs
            ],
        }

    @api.private
    @api.model
    def check_client_version(self, client):
        """Refuse a client older than ``nu_pos.min_client_version``.

        :raise ApiProblem: ``CLIENT_OUTDATED``, ``BAD_REQUEST`` for no version at all
        """
        minimum = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("nu_pos.min_client_version")
        )
        if not minimum:
            return
        try:
            minimum_version = version.parse_client_version(minimum)
        except version.VersionError:
            # a typing error in a setting must not lock every terminal out
            _logger.error("nu_pos.min_client_version is unreadable: %s", minimum)
            return
        try:
            outdated = version.is_older(client, minimum_version)
        except version.VersionError as error:
            raise ApiProblem(
                "BAD_REQUEST",
                errors=[
                    {
                        "path": "X-App-Version",
                        "message": str(error),
                        "expected": "1.2.0+42",
                    }
                ],
            ) from error
        if outdated:
            raise ApiProblem(
                "CLIENT_OUTDATED",
                f"Version {client} is older than {minimum}",
                min_client_version=minimum,
            )

    # -- Keys ----------------------------------------------------------------------

    @api.model
    def _proof(self, user, pin=None, badge=None):
        """Changes with the user's login, password and activity (as Odoo's own session
        token does) and the employee's PIN and badge; tells nothing about them."""
        token = user._compute_session_token(f"nu_pos:{user.id}") or ""
        return self._derive("proof", f"{token}|{pin or ''}|{badge or ''}", "hex")[:32]

    @api.model
    def _successor(self, claims):
        """Secret of the refresh token that follows: of its predecessor and of the key,
        so that it can be told again and be guessed by nobody."""
        return self._derive("refresh", f"{claims['fam']}|{claims['jti']}")

    @api.model
    def _derive(self, purpose, text, form="base64"):
        digest = hmac.new(
            self._secret().encode(), f"{purpose}|{text}".encode(), hashlib.sha256
        ).digest()
        if form == "hex":
            return digest.hex()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    @api.model
    def _refresh_seconds(self):
        return self._seconds("nu_pos.refresh_hours", 8, 3600)

    @api.model
    def _seconds(self, parameter, default, unit):
        value = self.env["ir.config_parameter"].sudo().get_param(parameter, default)
        return max(int(float(value) * unit), 1)

    @api.model
    def _secret(self):
        """Key of the signatures, made at installation and kept in the database."""
        return self.env["ir.config_parameter"].sudo().get_param(SECRET_PARAMETER)

    @api.model
    def _ensure_secret(self):
        parameters = self.env["ir.config_parameter"].sudo()
        if not parameters.get_param(SECRET_PARAMETER):
            parameters.set_param(SECRET_PARAMETER, secrets.token_urlsafe(48))
