from odoo import http
from odoo.http import request

from .dispatcher import idempotency
from .gateway import api_route


class LegacyController(http.Controller):
    """The paths terminals used before ``/pos-api/v1``: the same operations. They were
    called from pages of the web session too, so a session will do."""

    @api_route("orders.create.legacy")
    def write_draft(self, body):
        return request.env["pos.order"]._nu_submit(
            body, finalize=False, idempotency=idempotency("orders/create", body)
        )

    @api_route("customers.validate_rnc.legacy")
    def validate_rnc(self, body):
        return request.env["res.partner"]._nu_validate_rnc(body)
