from odoo import http
from odoo.http import request

from ..schemas.device import (
    DeviceAnswer,
    DeviceChange,
    DeviceListAnswer,
    DeviceRegisteredAnswer,
    DeviceRegistration,
)
from .gateway import operation


class DeviceController(http.Controller):
    @operation(
        "GET",
        "devices",
        name="devices.list",
        permission="device_manage",
        readonly=True,
        answer=DeviceListAnswer,
    )
    def devices(self):
        """Registered devices"""
        return request.env["nu.pos.device"].listing()

    @operation(
        "POST",
        "devices/register",
        name="devices.register",
        permission="device_manage",
        body=DeviceRegistration,
        answer=DeviceRegisteredAnswer,
        statuses=(200, 201),
        codes=("UNKNOWN_REFERENCE",),
    )
    def register(self, body):
        """Register a device; its secret is told this once"""
        return request.env["nu.pos.device"].register(body)

    @operation(
        "POST PATCH PUT",
        "devices/<int:device_id>",
        name="devices.change",
        permission="device_manage",
        body=DeviceChange,
        answer=DeviceAnswer,
        codes=("NOT_FOUND", "UNKNOWN_REFERENCE"),
    )
    def change(self, body, device_id):
        """Rename a device, or give it to another register"""
        return request.env["nu.pos.device"].change(device_id, body)

    @operation(
        "POST",
        "devices/<int:device_id>/revoke",
        name="devices.revoke",
        permission="device_manage",
        answer=DeviceAnswer,
        codes=("NOT_FOUND",),
    )
    def revoke(self, device_id):
        """Lock a device out, at once"""
        return request.env["nu.pos.device"].revoke(device_id)
