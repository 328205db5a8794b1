from odoo import http
from odoo.http import request

from .dispatcher import idempotency
from .gateway import api_route


class RefundController(http.Controller):
    @api_route("orders.refund")
    def refund(self, body, ref):
        """Give back a paid order, or some of its lines."""
        return request.env["nu.pos.refund"].submit(
            ref, body, idempotency(f"orders/{ref}/refunds", body)
        )

    @api_route("orders.cancel")
    def cancel(self, body, ref):
        """Cancel a draft, or give a paid order back whole."""
        return request.env["nu.pos.refund"].cancel(
            ref, body, idempotency(f"orders/{ref}/cancel", body)
        )

    @api_route("orders.credit_note")
    def credit_note(self, body):
        """The credit note of an order that has a number and no note yet."""
        return request.env["nu.pos.refund"].credit_note(
            body, idempotency("orders/credit-note", body)
        )

    @api_route("refunds.list")
    def refunds(self, body):
        """Returns, page by page."""
        return request.env["nu.pos.order.reader"].refunds(
            request.httprequest.args.to_dict()
        )

    @api_route("refunds.detail")
    def one(self, body, ref):
        """One return with its original."""
        return request.env["nu.pos.order.reader"].refund(ref)
