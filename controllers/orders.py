from odoo import http
from odoo.http import request

from .dispatcher import idempotency
from .gateway import api_route


def _reads(controller, rule, args):
    """A list may come from a replica, a draft may not."""
    return request.httprequest.method in ("GET", "HEAD")


class OrderController(http.Controller):
    @api_route("orders/create")
    def write_draft(self, body):
        """Create or update a draft."""
        return request.env["pos.order"]._nu_submit(
            body, finalize=False, idempotency=idempotency("orders/create", body)
        )

    @api_route("orders", verbs=("GET", "POST"), readonly=_reads)
    def orders(self, body):
        """``POST``: as ``orders/create``. ``GET``: list."""
        if body is not None:
            return self.write_draft(body)
        return request.env["nu.pos.order.reader"].listing(
            request.httprequest.args.to_dict()
        )

    @api_route("orders/<string:ref>", verbs=("GET",), readonly=True)
    def order(self, body, ref):
        """One order, whole, by id or uuid."""
        return request.env["nu.pos.order.reader"].detail(ref)

    @api_route("orders/reserve-ncf")
    def reserve_ncf(self, body):
        """Take the number of an order before it is finalized."""
        return request.env["pos.order"]._nu_reserve(
            body, idempotency("orders/reserve-ncf", body)
        )

    @api_route("orders/release-ncf")
    def release_ncf(self, body):
        """Give a reserved number back."""
        return request.env["pos.order"]._nu_release(
            body, idempotency("orders/release-ncf", body)
        )
