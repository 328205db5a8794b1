from odoo import http
from odoo.http import request

from ..models.runtime.nu_pos_answering import Answer
from ..models.runtime.wire import parse
from ..schemas.auth import DeviceChange, Login, OfflineQuery, Refresh, UsersQuery
from .gateway import api_route


class AuthController(http.Controller):
    @api_route("auth.login")
    def login(self, body):
        """Exchange credentials for tokens."""
        wire = parse(Login, body)
        device, secret = _device_headers()
        return request.env["nu.pos.identity"].login(
            wire, device or wire.device_id, secret
        )

    @api_route("auth.refresh")
    def refresh(self, body):
        """Exchange a refresh token for a new pair."""
        wire = parse(Refresh, body)
        return request.env["nu.pos.token"].refresh(
            wire.refresh_token.get_secret_value(), *_device_headers()
        )

    @api_route("auth.logout")
    def logout(self, body):
        """End the session of the token."""
        session = request.env["nu.pos.identity"].current().session
        request.env["nu.pos.refresh.token"].browse(session)._revoke("logout")
        return {"status": "ok"}

    @api_route("auth.me")
    def me(self, body):
        """Who the token belongs to."""
        return request.env["nu.pos.token"].me()

    @api_route("auth.users")
    def users(self, body):
        """Tiles of those who may log in."""
        wire = parse(UsersQuery, body or _query())
        return request.env["nu.pos.identity"].tiles(wire.config_id)

    @api_route("hub.offline_auth")
    def offline_auth(self, body):
        """What a hub needs to log staff in while Odoo is away."""
        wire = parse(OfflineQuery, _query())
        return request.env["pos.config"].nu_offline_auth(wire.config_id)


class DeviceController(http.Controller):
    @api_route("devices.list")
    def devices(self, body):
        """Registered devices."""
        return request.env["nu.pos.device"].listing()

    @api_route("devices.register")
    def register(self, body):
        """Let a device in; its secret is told this once."""
        answer = request.env["nu.pos.device"].register(body)
        return Answer(answer, 201 if answer["created"] else 200)

    @api_route("devices.change")
    def change(self, body, device_id):
        """Rename a device, or give it to another register."""
        wire = parse(DeviceChange, body)
        return request.env["nu.pos.device"].change(device_id, wire)

    @api_route("devices.revoke")
    def revoke(self, body, device_id):
        """Lock a device out, at once."""
        return request.env["nu.pos.device"].revoke(device_id)


def _device_headers():
    headers = request.httprequest.headers
    return headers.get("X-Device-Id"), headers.get("X-Device-Secret")


def _query():
    return request.httprequest.args.to_dict()
