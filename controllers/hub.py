from odoo import http
from odoo.http import request

from .dispatcher import idempotency, keyed
from .gateway import api_route


class HubController(http.Controller):
    @api_route("hub.finalize")
    def finalize(self, body):
        """Turn a snapshot with payments into a paid, numbered sale."""
        return request.env["pos.order"]._nu_submit(
            body, finalize=True, idempotency=idempotency("hub/finalize", body)
        )

    @api_route("hub.batch")
    def batch_sync(self, body):
        """Many snapshots, each judged by itself."""
        key = idempotency("hub/batch-sync", body)
        message_id = (
            body.get("message_id") or body.get("messageId")
            if isinstance(body, dict)
            else None
        )
        if not key and isinstance(message_id, str):
            key = keyed(message_id, "hub/batch-sync", body, "message_id")
        return request.env["nu.pos.batch"].sync(body, key)
