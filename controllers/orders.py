from odoo import http
from odoo.http import request

from ..schemas.operation import DRAFT, NUMBER, REGISTER
from ..schemas.order import OrderAnswer, OrderDetailAnswer, OrderListAnswer, OrderQuery
from ..schemas.reservation import Release, ReleaseAnswer, Reservation, ReservationAnswer
from ..schemas.snapshot import Snapshot
from .gateway import operation


class OrderController(http.Controller):
    @operation(
        "POST",
        "orders/create",
        name="orders.create",
        permission="create_order",
        body=Snapshot,
        unread=True,
        answer=OrderAnswer,
        statuses=(200, 201),
        codes=DRAFT,
        keyed=True,
    )
    def write_draft(self, body, idempotency):
        """Create or update a draft"""
        return request.env["pos.order"]._nu_submit(
            body, finalize=False, idempotency=idempotency
        )

    @operation(
        "GET",
        "orders",
        name="orders.list",
        permission="view_orders",
        readonly=True,
        query=OrderQuery,
        answer=OrderListAnswer,
        codes=("VALIDATION",),
    )
    def orders(self, query):
        """Orders, newest first; with updated_since oldest change first"""
        return request.env["nu.pos.order.reader"].listing(query)

    @operation("POST", "orders", name="orders.post", like=write_draft)
    def post(self, body, idempotency):
        """Create or update a draft"""
        return self.write_draft(body=body, idempotency=idempotency)

    @operation(
        "GET",
        "orders/<string:ref>",
        name="orders.detail",
        permission="view_orders",
        readonly=True,
        answer=OrderDetailAnswer,
        codes=("NOT_FOUND",),
    )
    def order(self, ref):
        """One order, whole, by id or uuid"""
        return request.env["nu.pos.order.reader"].detail(ref)

    @operation(
        "POST",
        "orders/reserve-ncf",
        name="orders.reserve",
        permission="payment",
        body=Reservation,
        answer=ReservationAnswer,
        codes=(*REGISTER, *NUMBER, "ORDER_PAID", "ORDER_CANCELLED"),
        keyed=True,
    )
    def reserve_ncf(self, body, idempotency):
        """Take the number of an order before it is finalized, or tell it again"""
        return request.env["pos.order"]._nu_reserve(body, idempotency)

    @operation(
        "POST",
        "orders/release-ncf",
        name="orders.release",
        permission="payment",
        body=Release,
        answer=ReleaseAnswer,
        codes=(*REGISTER, "NOT_FOUND", "ORDER_PAID", "CONFLICT"),
        keyed=True,
    )
    def release_ncf(self, body, idempotency):
        """Give a reserved number back, or annul it if it was printed"""
        return request.env["pos.order"]._nu_release(body, idempotency)
