"""Orders as the API tells them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timezone

from odoo import api, models
from odoo.fields import Domain

from ...fiscal import calendar
from ...schemas.order import OrderQuery
from ...schemas.refund import RefundQuery
from ..runtime.change_horizon import OVERLAP, change_horizon
from ..runtime.problem import ApiProblem
from ..runtime.wire import parse
from .pos_order_wire import PAID_STATES

MAX_PAGE = 200
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


@dataclass(frozen=True)
class Place:
    """Where a page begins: after the record ``id``, and in lists by change after its
    ``moment``. ``settled``: up to when all changes were there when the first of these
    pages was read."""

    id: int
    moment: datetime | None = None
    settled: datetime | None = None

    @property
    def domain(self):
        if not self.moment:
            return Domain("id", "<", self.id)
        # the first condition says no more than the others, but an index understands it
        return Domain("write_date", ">=", self.moment) & (
            Domain("write_date", ">", self.moment) | Domain("id", ">", self.id)
        )


class NuPosOrderReader(models.AbstractModel):
    """Reads only; sees the orders of the registers where the caller may see orders."""

    _name = "nu.pos.order.reader"
    _description = "Reader of POS orders"

    @api.private
    @api.model
    def listing(self, filters):
        """One page of orders, newest first; oldest change first with
        ``updated_since``, which is how a client follows changes."""
        return self._page(parse(OrderQuery, filters))

    @api.private
    @api.model
    def refunds(self, filters):
        """One page of returns, like :meth:`listing`."""
        return self._page(parse(RefundQuery, filters), Domain("is_refund", "=", True))

    @api.private
    @api.model
    def refund(self, reference):
        """One return with its original, by database id or uuid.

        :raise ApiProblem: ``NOT_FOUND``, also for an order that is no return
        """
        order = self.find(reference, permission="view_orders")
        if not order.is_refund:
            raise ApiProblem("NOT_FOUND", "There is no such return")
        original = order.refunded_order_id
        data = {
            **self._summary(order),
            **self._rest(order),
            "original": self.env["nu.pos.refund"]._original(original),
        }
        return {"status": "ok", "data": data}

    @api.model
    def _page(self, query, among=Domain.TRUE):
        orders = self.env["pos.order"].sudo()
        domain = self._domain(query) & among
        return self.paged(orders, domain, query, self._shape_page, SUMMARY)

    @api.model
    def _shape_page(self, page):
        return [self._summary(record) for record in page]

    @api.private
    @api.model
    def paged(self, records, domain, query, shape, names=("id",)):
        """One page of any list: by number, or from a cursor on.

        A list by change goes on from its last page. A change is stored after the
        moment it bears, maybe after a later one, so that page's cursor leads back to
        where nothing can be missing any more.

        :param query: has ``page``, ``per_page``, ``cursor``, maybe ``updated_since``
        :param shape: function of a page of records that gives its data
        :param names: fields to read with them
        """
        since = getattr(query, "updated_since", None)
        per_page = min(query.per_page, MAX_PAGE)
        pagination = {
            "page": None,
            "per_page": per_page,
            "total": None,
            "total_pages": None,
        }
        offset, place = 0, None
        settled = since and change_horizon(self.env) - OVERLAP
        if query.cursor:
            place = self._place(query.cursor, since)
            after, settled = place.domain, place.settled or settled
        else:
            after = Domain.TRUE
            offset = (query.page - 1) * per_page
            total = records.search_count(domain)
            pagination.update(
                page=query.page, total=total, total_pages=-(-total // per_page)
            )
        # one more than is told, to know whether there are more
        found = records.search_fetch(
            domain & after,
            names,
            limit=per_page + 1,
            offset=offset,
            order="write_date, id" if since else "id desc",
        )
        page = found[:per_page]
        more = len(found) > per_page
        cursor = None
        if more:
            cursor = self._cursor(page[-1], since, settled)
        elif since:
            last = page[-1:]
            place = place or Place(0, since)
            place = Place(last.id, last.write_date) if last else place
            if place.moment > settled:
                place = Place(0, settled)
            cursor = self._encode(place.id, place.moment)
        pagination.update(has_more=more, next_cursor=cursor)
        return {"status": "ok", "data": shape(page), "pagination": pagination}

    @api.model
    def _cursor(self, last, since, settled=None):
        """Where the page after ``last`` begins; opaque to clients."""
        if not since:
            return self._encode(last.id)
        moments = (last.write_date, settled) if settled else (last.write_date,)
        return self._encode(last.id, *moments)

    @api.model
    def _encode(self, last_id, *moments):
        place = "@".join((str(last_id), *(moment.isoformat() for moment in moments)))
        return urlsafe_b64encode(place.encode()).decode()

    @api.model
    def _place(self, cursor, since):
        """What a cursor says.

        :raise ApiProblem: ``VALIDATION`` for what is no cursor of such a list
        """
        try:
            text = urlsafe_b64decode(cursor.encode("ascii")).decode("ascii")
            last_id, *moments = text.split("@")
            moments = [datetime.fromisoformat(moment) for moment in moments]
            place = Place(int(last_id), *moments)
            fits = bool(moments) == bool(since) and len(moments) <= 2
            # the list by change may begin before the first record
            fits = fits and (0 if moments else 1) <= place.id < 2**31
            # no timezone, as the database keeps them
            fits = fits and not any(moment.tzinfo for moment in moments)
        except (TypeError, ValueError):
            fits = False
        if not fits:
            raise ApiProblem(
                "VALIDATION",
                errors=[
                    {
                        "path": "cursor",
                        "message": "is not the cursor of a list with these filters",
                        "given": cursor[:64],
                    }
                ],
            )
        return place

    @api.private
    @api.model
    def detail(self, reference):
        """One order by database id or uuid.

        :raise ApiProblem: ``NOT_FOUND``, also for an order of another company
        """
        order = self.find(reference, permission="view_orders")
        return {"status": "ok", "data": {**self._summary(order), **self._rest(order)}}

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
        if reference.isascii() and reference.isdigit() and int(reference) < 2**31:
            return ("id", "=", int(reference))
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

    @api.model
    def _moment(self, value):
        return value and value.replace(tzinfo=timezone.utc).isoformat() or None

    @api.model
    def _summary(self, order):
        return {
            "id": order.id,
            "uuid": order.uuid,
            "pos_reference": order.pos_reference or None,
            "tracking_number": order.tracking_number or None,
            "config_id": order.config_id.id,
            "session_id": order.session_id.id or None,
            "state": order._nu_state(),
            "status": order._nu_state(),
            "mode": order.nu_mode or "order",
            "order_type": order.preset_id.nu_order_type or None,
            "kitchen_status": order.nu_kitchen_status or None,
            "table_id": order.table_id.id or None,
            "guest_count": order.customer_count,
            "partner_id": order.partner_id.id or None,
            "amount_total": order.amount_total,
            "amount_tax": order.amount_tax,
            "amount_itbis": order.nu_amount_itbis,
            "amount_tip": order.nu_amount_tip,
            "amount_paid": order.amount_paid,
            "version": order.nu_version,
            "date_order": self._moment(order.date_order),
            "created_at": self._moment(order.create_date),
            "updated_at": self._moment(order.write_date),
            "fiscal": order._nu_fiscal(),
        }

    @api.model
    def _rest(self, order):
        return {
            "check_alias": order._nu_alias(),
            "check_discount": order.nu_check_discount,
            "note": order.general_customer_note or None,
            "staff_name": order.nu_staff_name or None,
            "buyer": order._nu_buyer_out(),
            "employee_id": order.employee_id.id or None,
            "amount_return": abs(order.amount_return),
            "device": order.nu_device or None,
            "source": order.nu_external_source or None,
            "external_id": order.nu_external_id or None,
            "metadata": order.nu_metadata or None,
            "kitchen_bumped_at": order.nu_kitchen_bumped_at or None,
            "served_at": self._moment(order.nu_date_served),
            "items_count": sum(order.lines.mapped("qty")),
            "line_id_map": order._nu_line_id_map(),
            "lines": [
                {
                    "id": line.id,
                    "client_id": line.nu_client_id or None,
                    "product_id": line.product_id.id,
                    "name": line.full_product_name or None,
                    "qty": line.nu_voided_qty if line.nu_is_voided else line.qty,
                    "price_unit": line.price_unit,
                    "discount": line.nu_item_discount,
                    "tax_ids": line.tax_ids.ids,
                    "price_subtotal": line._nu_signed()[0],
                    "price_subtotal_incl": line._nu_signed()[1],
                    "note": line.note or None,
                    "customer_note": line.customer_note or None,
                    "kitchen_item_status": line.nu_kitchen_item_status or None,
                    "is_voided": line.nu_is_voided,
                    "uuid": line.uuid or None,
                    "metadata": line.nu_metadata or None,
                }
                for line in order.lines
            ],
            "payments": [
                {
                    "id": payment.id,
                    "client_id": payment.nu_client_id or None,
                    "uuid": payment.uuid or None,
                    "payment_method_id": payment.payment_method_id.id,
                    "type": payment._nu_form(),
                    "amount": payment.amount,
                    "is_change": payment.is_change,
                    "transaction_id": payment.transaction_id or None,
                    "card_type": payment.card_type or None,
                    "card_brand": payment.card_brand or None,
                    "card_no": payment.card_no or None,
                    "metadata": payment.nu_metadata or None,
                }
                for payment in order.payment_ids
            ],
        }
