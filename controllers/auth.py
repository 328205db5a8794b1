from odoo import http
from odoo.http import request

from ..schemas.auth import (
    Login,
    LoginAnswer,
    MeAnswer,
    OfflineAuthAnswer,
    OfflineQuery,
    Refresh,
    TokenAnswer,
    UsersAnswer,
    UsersQuery,
)
from ..schemas.operation import REGISTER
from .gateway import operation


class AuthController(http.Controller):
    @operation(
        "POST",
        "auth/login",
        name="auth.login",
        public=True,
        body=Login,
        answer=LoginAnswer,
        codes=(
            "BAD_CREDENTIALS",
            "RATE_LIMITED",
            "UNAUTHENTICATED",
            "FORBIDDEN",
            "UNKNOWN_REFERENCE",
        ),
    )
    def login(self, body):
        """Exchange credentials for an access and a refresh token"""
        device, secret = _device_headers()
        return request.env["nu.pos.identity"].login(
            body, device or body.device_id, secret
        )

    @operation(
        "POST",
        "auth/refresh",
        name="auth.refresh",
        public=True,
        body=Refresh,
        answer=TokenAnswer,
        codes=("UNAUTHENTICATED", "TOKEN_EXPIRED"),
    )
    def refresh(self, body):
        """Exchange a refresh token for a new pair of tokens"""
        return request.env["nu.pos.token"].refresh(
            body.refresh_token.get_secret_value(), *_device_headers()
        )

    @operation("POST", "auth/logout", name="auth.logout")
    def logout(self):
        """End the session of the token"""
        session = request.env["nu.pos.identity"].current().session
        request.env["nu.pos.refresh.token"].browse(session)._revoke("logout")
        return {"status": "ok"}

    @operation(
        "GET POST",
        "auth/me",
        name="auth.me",
        readonly=True,
        answer=MeAnswer,
    )
    def me(self):
        """Whom the token belongs to"""
        return request.env["nu.pos.token"].me()

    @operation(
        "GET",
        "auth/users",
        name="auth.users",
        device_auth=True,
        readonly=True,
        query=UsersQuery,
        answer=UsersAnswer,
        codes=REGISTER,
    )
    def users(self, query):
        """Who may log in on a register, for a registered device or any token"""
        return request.env["nu.pos.identity"].tiles(query.config_id)

    @operation(
        "GET",
        "hub/offline-auth",
        name="hub.offline_auth",
        readonly=True,
        query=OfflineQuery,
        answer=OfflineAuthAnswer,
        codes=REGISTER,
    )
    def offline_auth(self, query):
        """Salted hashes of PINs and badges, for hubs that log staff in offline"""
        return request.env["pos.config"].nu_offline_auth(query.config_id)


def _device_headers():
    headers = request.httprequest.headers
    return headers.get("X-Device-Id"), headers.get("X-Device-Secret")
