"""Orders as the API tells them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timezone

from odoo import api, models
from odoo.fields import Domain

from ..schemas.order import OrderQuery
from ..schemas.refund import RefundQuery
from .nu_pos_order_wire import PAID_STATES
from .nu_pos_problem import ApiProblem
from .nu_pos_wire import parse

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
        offset = 0
        if query.cursor:
            after = self._after(query.cursor, since)
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
        pagination["next_cursor"] = self._cursor(page[-1], since) if more else None
        return {"status": "ok", "data": shape(page), "pagination": pagination}

    @api.model
    def _cursor(self, last, since):
        """Where the page after ``last`` begins; opaque to clients."""
        place = f"{last.id}"
        if since:
            place += f"@{last.write_date.isoformat()}"
        return urlsafe_b64encode(place.encode()).decode()

    @api.model
    def _after(self, cursor, since):
        """What follows the record a cursor was made at.

        :raise ApiProblem: ``VALIDATION`` for what is no cursor of such a list
        """
        try:
            place = urlsafe_b64decode(cursor.encode("ascii")).decode("ascii")
            last_id, _at, moment = place.partition("@")
            last_id = int(last_id)
            moment = datetime.fromisoformat(moment) if moment else None
            # no timezone, as the database keeps them
            fits = bool(moment) == bool(since) and 0 < last_id < 2**31
            fits = fits and not (moment and moment.tzinfo)
        except ValueError:
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
        if not moment:
            return Domain("id", "<", last_id)
        # the first condition says no more than the others, but an index understands it
        return Domain("write_date", ">=", moment) & (
            Domain("write_date", ">", moment) | Domain("id", ">", last_id)
        )

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
            ("pos_reference", query.pos_reference),
            ("nu_ncf", query.fiscal_number),
        ):
            if value:
                domain &= Domain(name, "=", value)
        if query.state == "paid":
            domain &= Domain("state", "in", PAID_STATES)
        elif query.state:
            domain &= Domain(
                "state", "=", "cancel" if query.state == "cancelled" else "draft"
            )
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
