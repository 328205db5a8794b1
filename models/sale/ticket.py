"""What one document of the till contains: a sale, or the return of one sale."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from odoo.tools import SQL, float_compare

from ..runtime.problem import ApiProblem
from .pos_order_wire import PAID_STATES

#: In the context of sales and returns of the API, which judge what they write before;
#: an object, no caller can send it.
SALE = object()


@dataclass(frozen=True)
class TicketLine:
    """A line as it will be stored.

    ``amount``: total with taxes. Its sign is that of quantity times price: Odoo's
    browser stores the subtotals of a return positive.
    """

    qty: float
    price_unit: float
    amount: float
    original: Any  # pos.order.line that comes back; an empty set for what is sold

    @property
    def signed(self):
        takes_off = (self.qty < 0) != (self.price_unit < 0)
        return -abs(self.amount) if takes_off else abs(self.amount)


class Ticket:
    """The lines of an order that is about to be paid.

    A fiscal document is a sale or a credit note, and a note modifies one receipt and
    gives back no more than it (Decreto 254-06; Formato e-CF, sección F). Judged
    before a number is taken.

    :param order: ``pos.order`` with all rights; an empty set if it is yet to be made
    :param total: what is to be paid, negative for a return
    """

    def __init__(self, config, order, lines, total, is_refund):
        self.env = config.env
        self.config = config
        self.order = order
        self.lines = lines
        self.total = total
        self.is_refund = is_refund

    @classmethod
    def of_order(cls, order):
        """The ticket of an order as it is stored."""
        order = order.sudo()
        lines = [
            TicketLine(
                line.qty,
                line.price_unit,
                line.price_subtotal_incl,
                line.refunded_orderline_id,
            )
            for line in order.lines
        ]
        return cls(order.config_id, order, lines, order.amount_total, order.is_refund)

    @classmethod
    def of_values(cls, config, order, values):
        """The ticket of values as ``sync_from_ui`` gets them, over an order that may
        have lines already, such as a check of a hub."""
        config, order = config.sudo(), order.sudo()
        lines = [
            TicketLine(
                _number(line, "qty", 1.0),
                _number(line, "price_unit"),
                _number(line, "price_subtotal_incl"),
                _original(config.env, line.get("refunded_orderline_id")),
            )
            for line in _merged(order, values.get("lines") or ())
        ]
        total = _number(values, "amount_total", order.amount_total)
        return cls(config, order, lines, total, bool(values.get("is_refund")))

    # -- A sale or a return ----------------------------------------------------------

    def original(self):
        """The sale that comes back; an empty set for a ticket that sells.

        :raise ApiProblem: ``VALIDATION`` for what is neither
        """
        lines = [line for line in self.lines if line.qty]
        back = [line for line in lines if line.qty < 0 or line.original]
        if not back:
            if self.total < 0:
                raise self._refusal(
                    self.env._(
                        "The total is negative and nothing comes back: a receipt is "
                        "not issued over less than nothing."
                    )
                )
            if self.is_refund and lines:
                raise self._refusal(
                    self.env._(
                        "This ticket was begun as a return and sells: begin a new "
                        "order for the sale."
                    )
                )
            return self.order.browse()
        if len(back) < len(lines):
            raise self._refusal(
                self.env._(
                    "This ticket sells and takes back. These are two documents: charge "
                    "the sale and make the return each on a ticket of its own."
                )
            )
        if not all(line.original for line in back):
            raise self._refusal(
                self.env._(
                    "What comes back belongs to a receipt: choose the sale in the list "
                    "of orders and press Refund."
                )
            )
        original = self.originals()
        if len(original) > 1:
            raise self._refusal(
                self.env._(
                    "A return belongs to one receipt: give back what was bought with "
                    "another one on a ticket of its own."
                )
            )
        if any(line.qty > 0 for line in back) or self.total > 0:
            raise self._refusal(self.env._("A return gives money back, it takes none."))
        return original

    def originals(self):
        """All sales of which something comes back."""
        return self.order.browse(
            {line.original.order_id.id for line in self.lines if line.original}
        )

    # -- How far ---------------------------------------------------------------------

    def check_return(self, original, serialize=False):
        """Refuse to give back more than is left of the original, by line and in all.

        :param serialize: of two returns at once one is run again and sees the other,
            since both write the row of the number that they modify
        :raise ApiProblem: ``CONFLICT``, ``UNKNOWN_REFERENCE``
        """
        name = original.nu_ncf or original.pos_reference
        if original.company_id != self.config.company_id:
            raise ApiProblem(
                "UNKNOWN_REFERENCE",
                self.env._("The sale that comes back is not one of this company."),
            )
        if original.state not in PAID_STATES or original.is_refund:
            raise ApiProblem(
                "CONFLICT", self.env._("%s is no sale that could come back.", name)
            )
        if serialize and original.nu_ncf_id:
            self.env.cr.execute(
                SQL(
                    "UPDATE nu_pos_ncf SET write_date = write_date WHERE id = %s",
                    original.nu_ncf_id.id,
                )
            )
        returned, given_back = self._returned(original)
        self._check_quantities(returned, name)
        currency = self.config.currency_id
        left = original.amount_total - given_back
        given, lines = -self.total, -sum(line.signed for line in self.lines)
        # a browser rounds each line by itself, and the total as a whole
        if lines - given > len(self.lines) * currency.rounding:
            given = lines
        if currency.compare_amounts(given, left) > 0:
            raise ApiProblem(
                "CONFLICT",
                self.env._(
                    "Of %(receipt)s %(left).2f are left, and %(given).2f would be "
                    "given back.",
                    receipt=name,
                    left=max(left, 0.0),
                    given=given,
                ),
            )

    def check_taxes(self, original):
        """Refuse to give a dish back without the discount that was given on it, or the
        discount without the dish: of what bears the same taxes, no return takes, and
        all together give back no more than was charged.

        :raise ApiProblem: ``CONFLICT``
        """
        given, left = defaultdict(float), defaultdict(float)
        for line in self.lines:
            given[line.original._nu_taxes()] -= line.signed
        for line in original.lines:
            left[line._nu_taxes()] += line._nu_signed()[1]
        for order in original._nu_returns() - self.order:
            if order.state in PAID_STATES:
                for line in order.lines:
                    taxes = line.refunded_orderline_id._nu_taxes()
                    left[taxes] += line._nu_signed()[1]
        # each line was rounded by itself
        cents = len(original.lines) * self.config.currency_id.rounding
        if any(
            amount < -cents or amount - left[taxes] > cents
            for taxes, amount in given.items()
        ):
            raise ApiProblem(
                "CONFLICT",
                self.env._(
                    "A discount of %s goes back together with what it was given on.",
                    original.nu_ncf or original.pos_reference,
                ),
            )

    def check_numbered(self, original):
        """A credit note names the number of a receipt that stands.

        :raise ApiProblem: ``CONFLICT``
        """
        if not original.nu_ncf_id:
            raise ApiProblem(
                "CONFLICT",
                self.env._(
                    "%s was sold without a fiscal number: there is no receipt that a "
                    "credit note could modify. Number the sale first (Point of Sale > "
                    "Orders > Sales without number).",
                    original.pos_reference,
                ),
            )
        if original.nu_ncf_id.state != "issued":
            raise ApiProblem(
                "CONFLICT",
                self.env._(
                    "%s is annulled: nothing is left to give back.", original.nu_ncf
                ),
            )
        annulling = original.sudo().nu_ncf_id._annulling_note()
        if annulling:
            raise ApiProblem(
                "CONFLICT",
                self.env._(
                    "%(receipt)s was annulled as a whole by %(note)s: nothing is left "
                    "to give back.",
                    receipt=original.nu_ncf,
                    note=annulling.name,
                ),
            )

    def check_right(self, user, employee):
        """Refuse a return by somebody who may not make one on this register.

        A browser tells which member of staff is at the till, and cannot prove it: both
        need the right, whoever is named and the user whose session it is.

        :raise ApiProblem: ``FORBIDDEN``
        """
        Permission = self.env["nu.pos.permission"].with_user(user)
        Permission.require("refund", self.config)
        if not employee:
            return
        employee = employee.sudo()
        role = employee._nu_role(self.config)
        allowed = role and Permission._resolve_for(
            employee.user_id, employee, role, self.config
        )
        if not allowed or not allowed["refund"]:
            raise ApiProblem(
                "FORBIDDEN",
                self.env._(
                    "%(person)s may not make returns at %(register)s.",
                    person=employee.name,
                    register=self.config.display_name,
                ),
                permission="refund",
            )

    def _returned(self, original):
        """``({line id: quantity}, total)`` that came back of the original already; what
        rounding left is told by the totals of the notes, not by their lines."""
        self.env["pos.order.line"].flush_model()
        self.env["pos.order"].flush_model(["state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT sold.id, -sum(back.qty), array_agg(DISTINCT o.id)
                  FROM pos_order_line sold
                  JOIN pos_order_line back ON back.refunded_orderline_id = sold.id
                  JOIN pos_order o ON o.id = back.order_id
                 WHERE sold.order_id = %s AND o.state IN %s AND o.id <> %s
                 GROUP BY sold.id
                """,
                original.id,
                PAID_STATES,
                self.order.id or 0,
            )
        )
        notes = self.order.browse({order_id for row in rows for order_id in row[2]})
        given_back = -sum(notes.mapped("amount_total"))
        return {row[0]: row[1] for row in rows}, given_back

    def _check_quantities(self, returned, name):
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        asked = defaultdict(float)
        for line in self.lines:
            asked[line.original] -= line.qty
        for line, qty in asked.items():
            left = line.qty - returned.get(line.id, 0.0)
            if float_compare(qty, left, precision_digits=digits) > 0:
                raise ApiProblem(
                    "CONFLICT",
                    self.env._(
                        "%(left)g of %(product)s are left of %(receipt)s, and "
                        "%(qty)g would come back.",
                        left=max(left, 0.0),
                        product=line.full_product_name or line.product_id.display_name,
                        receipt=name,
                        qty=qty,
                    ),
                )

    def _refusal(self, message):
        return ApiProblem("VALIDATION", message, errors=[_at_lines(message)])


def _at_lines(message):
    return {"path": "lines", "message": message}


def _number(values, name, default=0.0):
    """A number of a browser's values; 0 for what core will refuse."""
    value = values.get(name, default)
    return float(value) if isinstance(value, (int, float)) else 0.0


def _original(env, line_id):
    """The line of a sale that a line takes back."""
    lines = env["pos.order.line"]
    if not line_id:
        return lines
    found = lines.browse(line_id).exists() if isinstance(line_id, int) else lines
    if not found:
        message = env._("The line that comes back does not exist.")
        raise ApiProblem("UNKNOWN_REFERENCE", message, errors=[_at_lines(message)])
    return found


def _merged(order, commands):
    """Values of the lines that the order has once the commands are carried out."""

    def stored(line):
        return {
            "qty": line.qty,
            "price_unit": line.price_unit,
            "price_subtotal_incl": line.price_subtotal_incl,
            "refunded_orderline_id": line.refunded_orderline_id.id,
        }

    lines = {line.id: stored(line) for line in order.lines}
    new = []
    for command in commands:
        code, line_id, *rest = command
        if code == 0:
            new.append(rest[0])
        elif code == 1:
            lines[line_id] = {**lines.get(line_id, {}), **rest[0]}
        elif code in (2, 3):
            lines.pop(line_id, None)
        elif code == 4:
            lines[line_id] = stored(order.lines.browse(line_id))
        elif code == 5:
            lines = {}
        elif code == 6:
            lines = {line.id: stored(line) for line in order.lines.browse(rest[0])}
    return [*lines.values(), *new]
