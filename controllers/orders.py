from odoo import http
from odoo.http import request

from .dispatcher import idempotency
from .gateway import api_route


class OrderController(http.Controller):
    @api_route("orders.create")
    def write_draft(self, body):
        """Create or update a draft."""
        return request.env["pos.order"]._nu_submit(
            body, finalize=False, idempotency=idempotency("orders/create", body)
        )

    @api_route("orders.list", "orders.post")
    def orders(self, body):
        """``POST``: as ``orders/create``. ``GET``: list."""
        if body is not None:
            return self.write_draft(body)
        return request.env["nu.pos.order.reader"].listing(
            request.httprequest.args.to_dict()
        )

    @api_route("orders.detail")
    def order(self, body, ref):
        """One order, whole, by id or uuid."""
        return request.env["nu.pos.order.reader"].detail(ref)

    @api_route("orders.reserve")
    def reserve_ncf(self, body):
        """Take the number of an order before it is finalized."""
        return request.env["pos.order"]._nu_reserve(
            body, idempotency("orders/reserve-ncf", body)
        )

    @api_route("orders.release")
    def release_ncf(self, body):
        """Give a reserved number back."""
        return request.env["pos.order"]._nu_release(
            body, idempotency("orders/release-ncf", body)
        )
