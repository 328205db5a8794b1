from odoo import http
from odoo.http import request

from ..models.nu_pos_wire import parse
from ..schemas.auth import Login
from .gateway import api_route


class AuthController(http.Controller):
    @api_route("auth.login")
    def login(self, body):
        """Exchange login and password for an access token."""
        wire = parse(Login, body)
        device = request.httprequest.headers.get("X-Device-Id") or wire.device_id
        return request.env["nu.pos.token"].login(
            wire.login, wire.password.get_secret_value(), device
        )

    @api_route("auth.me")
    def me(self, body):
        """Who the token belongs to."""
        return request.env["nu.pos.token"].me()
