"""Access tokens of hubs and terminals."""

import hashlib
import secrets
import time

import jwt

from odoo import api, models
from odoo.exceptions import AccessDenied
from odoo.tools import consteq

from ..fiscal import version
from .nu_pos_problem import ApiProblem

SECRET_PARAMETER = "nu_pos.jwt_secret"
ALGORITHM = "HS256"
ISSUER = "nu_restaurant_pos"


class NuPosToken(models.AbstractModel):
    """JWTs that say who calls and from which device, never what they may do.

    Rights are read on every call, so archiving a user or taking a group away acts at
    once. A token also carries a proof that dies with the user's password.
    """

    _name = "nu.pos.token"
    _description = "Access tokens of the POS API"

    @api.private
    @api.model
    def login(self, login, password, device=None):
        """Tokens for an Odoo user.

        :raise ApiProblem: ``BAD_CREDENTIALS``; the same for an unknown login, a wrong
            password and an archived user
        """
        credential = {"type": "password", "login": login, "password": password}
        try:
            info = self.env["res.users"].authenticate(
                credential, {"interactive": False}
            )
        except AccessDenied as error:
            raise ApiProblem("BAD_CREDENTIALS") from error
        user = self.env["res.users"].sudo().browse(info["uid"])
        lifetime = self._seconds("nu_pos.access_token_minutes", 60, 60)
        self.env["nu_restaurant_pos.order_audit"].with_user(user).with_context(
            nu_device=device
        )._record("login", company=user.company_id, payload={"method": "password"})
        return {
            "status": "ok",
            "access_token": self._issue(user, "access", device, lifetime),
            "refresh_token": self._issue(
                user, "refresh", device, self._seconds("nu_pos.refresh_hours", 8, 3600)
            ),
            "token_type": "Bearer",
            "expires_in": lifetime,
            "user": self._user_out(user),
        }

    @api.private
    @api.model
    def authenticate(self, token):
        """The user id of an access token.

        :raise ApiProblem: ``TOKEN_EXPIRED``, ``UNAUTHENTICATED``
        """
        try:
            claims = jwt.decode(
                token,
                self._secret(),
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                options={"require": ["exp", "iat", "sub", "typ", "prf"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise ApiProblem("TOKEN_EXPIRED") from error
        except jwt.InvalidTokenError as error:
            raise ApiProblem("UNAUTHENTICATED", "The token is not valid") from error
        user = self.env["res.users"].sudo().browse(int(claims["sub"])).exists()
        if (
            claims["typ"] != "access"
            or not user.active
            or not consteq(claims["prf"], self._proof(user))
        ):
            raise ApiProblem("UNAUTHENTICATED", "The token is not valid")
        return user.id

    @api.private
    @api.model
    def me(self):
        """Who calls, where they may work."""
        user = self.env.user
        if user.share:
            raise ApiProblem("FORBIDDEN")
        configs = self.env["pos.config"]._nu_accessible()
        return {
            "status": "ok",
            "user": self._user_out(user),
            "company_ids": user.company_ids.ids,
            "configs": [
                {
                    "id": config.id,
                    "name": config.name,
                    "company_id": config.company_id.id,
                    "session_id": config._nu_open_session().id or None,
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
            outdated = version.is_older(client, minimum)
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

    @api.model
    def _user_out(self, user):
        return {"id": user.id, "name": user.name, "role": user._nu_role()}

    @api.model
    def _issue(self, user, kind, device, lifetime):
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "sub": str(user.id),
            "typ": kind,
            "dev": device,
            "iat": now,
            "exp": now + lifetime,
            "jti": secrets.token_urlsafe(12),
            "prf": self._proof(user),
        }
        return jwt.encode(claims, self._secret(), algorithm=ALGORITHM)

    @api.model
    def _proof(self, user):
        """Changes with the user's login, password and activity (as Odoo's own session
        token does), tells nothing about them."""
        token = user._compute_session_token(f"nu_pos:{user.id}") or ""
        return hashlib.sha256(token.encode()).hexdigest()[:32]

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
