"""Orders as the API tells them."""

from odoo import api, models
from odoo.fields import Domain

from ...fiscal import calendar
from ...schemas.order import OrderDetail, OrderQuery, OrderSummary
from ...schemas.refund import RefundDetail, RefundQuery
from ..runtime.paging import paged
from ..runtime.problem import ApiProblem
from ..runtime.reference import database_id
from ..runtime.wire import reads
from .pos_order_wire import PAID_STATES

#: Fields a summary is made of; the orders of a page are read in one query.
SUMMARY = (
    "account_move",
    "amount_paid",
    "amount_tax",
    "amount_total",
    "company_id",
    "config_id",
    "create_date",
    "customer_count",
    "date_order",
    "nu_amount_itbis",
    "nu_amount_tip",
    "nu_kitchen_status",
    "nu_mode",
    "nu_ncf_id",
    "nu_version",
    "partner_id",
    "pos_reference",
    "preset_id",
    "session_id",
    "state",
    "table_id",
    "tracking_number",
    "uuid",
    "write_date",
)


class NuPosOrderReader(models.AbstractModel):
    """Reads only; sees the orders of the registers where the caller may see orders."""

    _name = "nu.pos.order.reader"
    _description = "Reader of POS orders"

    @api.private
    @api.model
    @reads
    def listing(self, query: OrderQuery):
        """One page of orders, newest first; oldest change first with
        ``updated_since``, which is how a client follows changes."""
        return self._page(query)

    @api.private
    @api.model
    @reads
    def refunds(self, query: RefundQuery):
        """One page of returns, like :meth:`listing`."""
        return self._page(query, Domain("is_refund", "=", True))

    @api.private
    @api.model
    def refund(self, reference):
        """One return with its original, by database id or uuid.

        :raise ApiProblem: ``NOT_FOUND``, also for an order that is no return
        """
        order = self.find(reference, permission="view_orders")
        if not order.is_refund:
            raise ApiProblem("NOT_FOUND", "There is no such return")
        return {"status": "ok", "data": RefundDetail.from_record(order)}

    @api.model
    def _page(self, query, among=Domain.TRUE):
        orders = self.env["pos.order"].sudo()
        domain = self._domain(query) & among
        return paged(orders, domain, query, OrderSummary.from_record, SUMMARY)

    @api.private
    @api.model
    def detail(self, reference):
        """One order by database id or uuid.

        :raise ApiProblem: ``NOT_FOUND``, also for an order of another company
        """
        order = self.find(reference, permission="view_orders")
        return {"status": "ok", "data": OrderDetail.from_record(order)}

    @api.private
    @api.model
    def find(self, reference, key=None, permission=None):
        """An order the caller may reach.

        :param reference: database id or uuid; with ``key`` a value of that field
        :param permission: what the caller needs on the register of the order
        :raise ApiProblem: ``NOT_FOUND``, also for an order of another company;
            ``FORBIDDEN``
        """
        criterion = (key, "=", reference) if key else self._by(reference)
        order = (
            self.env["pos.order"].sudo().search([criterion, *self._within()], limit=1)
        )
        if not order:
            raise ApiProblem("NOT_FOUND", "There is no such order")
        self.env["pos.config"]._nu_check_reach(order.config_id)
        if permission:
            self.env["nu.pos.permission"].require(permission, order.config_id)
        return order

    @api.model
    def _by(self, reference):
        record_id = database_id(reference)
        if record_id is not None:
            return ("id", "=", record_id)
        return ("uuid", "=", reference)

    @api.model
    def _within(self):
        return [("company_id", "in", self.env["pos.config"]._nu_company_ids())]

    @api.model
    def _domain(self, query):
        domain = self.env["nu.pos.permission"].domain_with("view_orders")
        for name, value in (
            ("config_id", query.config_id),
            ("session_id", query.session_id),
            ("table_id", query.table_id),
            ("partner_id", query.partner_id),
            ("employee_id", query.employee_id),
            ("pos_reference", query.pos_reference),
            ("nu_ncf", query.fiscal_number),
        ):
            if value:
                domain &= Domain(name, "=", value)
        state = query.state or query.status
        if state == "paid":
            domain &= Domain("state", "in", PAID_STATES)
        elif state:
            domain &= Domain(
                "state", "=", "cancel" if state == "cancelled" else "draft"
            )
        if query.date_from:
            start, _end = calendar.day_bounds_utc(query.date_from)
            domain &= Domain("date_order", ">=", start)
        if query.date_to:
            _start, end = calendar.day_bounds_utc(query.date_to)
            domain &= Domain("date_order", "<", end)
        if query.updated_since:
            domain &= Domain("write_date", ">=", query.updated_since)
        return domain
