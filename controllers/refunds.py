from odoo import http
from odoo.http import request

from ..schemas.operation import GIVES_BACK
from ..schemas.order import OrderListAnswer
from ..schemas.refund import (
    Cancel,
    CancelAnswer,
    CreditNote,
    CreditNoteAnswer,
    Refund,
    RefundAnswer,
    RefundDetailAnswer,
    RefundQuery,
)
from .gateway import operation


class RefundController(http.Controller):
    @operation(
        "POST",
        "orders/<string:ref>/refunds",
        name="orders.refund",
        permission="refund",
        approvable=True,
        body=Refund,
        answer=RefundAnswer,
        statuses=(200, 201),
        codes=GIVES_BACK,
        keyed=True,
    )
    def refund(self, body, ref, idempotency):
        """Give back a paid order, or some of its lines, with its credit note"""
        return request.env["nu.pos.refund"].submit(ref, body, idempotency)

    @operation(
        "POST",
        "orders/<string:ref>/cancel",
        name="orders.cancel",
        permission="void_item",
        approvable=True,
        body=Cancel,
        answer=CancelAnswer,
        statuses=(200, 201),
        codes=(*GIVES_BACK, "ORDER_PAID"),
        keyed=True,
    )
    def cancel(self, body, ref, idempotency):
        """Cancel a draft, or give a paid order back whole"""
        return request.env["nu.pos.refund"].cancel(ref, body, idempotency)

    @operation(
        "POST",
        "orders/credit-note",
        name="orders.credit_note",
        permission="refund",
        approvable=True,
        body=CreditNote,
        answer=CreditNoteAnswer,
        statuses=(200, 201),
        codes=GIVES_BACK,
        keyed=True,
    )
    def credit_note(self, body, idempotency):
        """The credit note of an order that has a number and no note yet"""
        return request.env["nu.pos.refund"].credit_note(body, idempotency)

    @operation(
        "GET",
        "refunds",
        name="refunds.list",
        permission="view_orders",
        readonly=True,
        query=RefundQuery,
        answer=OrderListAnswer,
        codes=("VALIDATION",),
    )
    def refunds(self, query):
        """Returns, newest first; with updated_since oldest change first"""
        return request.env["nu.pos.order.reader"].refunds(query)

    @operation(
        "GET",
        "refunds/<string:ref>",
        name="refunds.detail",
        permission="view_orders",
        readonly=True,
        answer=RefundDetailAnswer,
        codes=("NOT_FOUND",),
    )
    def one(self, ref):
        """One return with its original, by id or uuid"""
        return request.env["nu.pos.order.reader"].refund(ref)
