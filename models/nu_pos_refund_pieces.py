"""How much comes back of an order, and by which methods of payment."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from odoo import api, models
from odoo.tools import float_compare

from ..fiscal.money import round_half_up
from .nu_pos_problem import ApiProblem


@dataclass
class Piece:
    """What comes back of one line; amounts positive, in the register's currency."""

    line: Any  # pos.order.line of the original
    qty: float
    subtotal: float
    subtotal_incl: float
    tip: float


class NuPosRefundPieces(models.AbstractModel):
    """Judges what a return asks for; reads only.

    Never more than the original: quantities by line, amounts to the cent. Who takes
    the last of a line, or of the order, takes what rounding left.
    """

    _name = "nu.pos.refund.pieces"
    _description = "Pieces of a POS return"

    # -- Lines -----------------------------------------------------------------------

    @api.private
    @api.model
    def of(self, original, wire, findings):
        """The lines asked for, or all there is left; each line once."""
        asked = self._asked(original, wire, findings)
        if not asked and not findings.errors:
            raise ApiProblem(
                "CONFLICT",
                f"Nothing is left of order {original.pos_reference} to give back",
                current=original._nu_current(),
            )
        return [self._piece(line, qty) for line, qty in asked]

    @api.model
    def _asked(self, original, wire, findings):
        lines = original.lines.filtered("qty")
        left = {line: self._left(line) for line in lines}
        if wire.lines is None:
            return [(line, qty) for line, qty in left.items() if qty > 0]
        by_id = {line.id: line for line in lines}
        by_client = {line.nu_client_id: line for line in lines if line.nu_client_id}
        by_uuid = {line.uuid: line for line in lines}
        asked = {}
        for index, row in enumerate(wire.lines):
            path = f"lines[{index}]"
            line = (
                by_id.get(row.line_id) or by_client.get(row.id) or by_uuid.get(row.uuid)
            )
            if not line:
                given = row.line_id or row.id or row.uuid
                findings.add(
                    "UNKNOWN_REFERENCE", path, "no such line of the order", given=given
                )
                continue
            if line in asked:
                findings.add("VALIDATION", path, "names a line a second time")
                continue
            qty = left[line] if row.qty is None else float(row.qty)
            if qty <= 0 or float_compare(qty, left[line], precision_digits=6) > 0:
                findings.add(
                    "VALIDATION",
                    f"{path}.qty",
                    "more than is left of the line",
                    given=f"{qty:g}",
                    expected=f"at most {left[line]:g}",
                )
                continue
            asked[line] = qty
        return list(asked.items())

    @api.model
    def _left(self, line):
        return line.qty - line.refunded_qty

    @api.model
    def _piece(self, line, qty):
        """Amounts in proportion; who takes the last of a line takes its last cent."""
        currency = line.currency_id
        before = line.refund_orderline_ids.filtered(
            lambda back: back.order_id.state != "cancel"
        )
        last = currency.compare_amounts(qty, self._left(line)) == 0
        subtotal = abs(line.price_subtotal)
        incl = abs(line.price_subtotal_incl)
        if last:
            subtotal += sum(before.mapped("price_subtotal"))
            incl += sum(before.mapped("price_subtotal_incl"))
        else:
            share = qty / line.qty
            subtotal, incl = subtotal * share, incl * share
        subtotal, incl = currency.round(subtotal), currency.round(incl)
        return Piece(line, qty, subtotal, incl, self._tip(line, subtotal))

    @api.model
    def _tip(self, line, subtotal):
        """Legal tip within a line's taxes."""
        rate = sum(tax.amount for tax in line.tax_ids._nu_flat() if tax.nu_is_tip)
        share = Decimal(repr(subtotal)) * Decimal(repr(rate)) / 100
        return float(round_half_up(share))

    # -- Money -----------------------------------------------------------------------

    @api.private
    @api.model
    def payments(self, original, config, wire, total, findings):
        """``[(method, amount)]``, amounts positive, adding up to the total."""
        currency = config.currency_id
        if wire.payments is None:
            return self._same_way_back(original, config, total)
        resolver = self.env["nu.pos.resolver"]
        paid = []
        for index, payment in enumerate(wire.payments):
            named = "payment_method"
            if payment.payment_method_id:
                named = "payment_method_id"
            method = resolver.one(
                "payment_method",
                getattr(payment, named) or 0,
                f"payments[{index}].{named}",
                findings,
                config,
            )
            if method and payment.amount:
                paid.append((method, currency.round(float(payment.amount))))
        given = currency.round(sum(amount for _method, amount in paid))
        if not findings.errors and currency.compare_amounts(given, total):
            findings.add(
                "TOTALS_MISMATCH",
                "payments",
                f"{given:.2f} is given back, {total:.2f} is due",
                given=f"{given:.2f}",
                expected=f"{total:.2f}",
            )
        return paid

    @api.model
    def _same_way_back(self, original, config, total):
        """By the methods it was paid with, what they still hold; the rest, and what
        this register cannot take back, in its first method."""
        currency = config.currency_id
        held = {}
        returns = original.lines.refund_orderline_ids.order_id
        returns = returns.filtered(lambda order: order.state != "cancel")
        for payment in (original | returns).payment_ids:
            method = payment.payment_method_id
            held[method] = held.get(method, 0.0) + payment.amount
        paid, due = [], total
        for method, amount in sorted(held.items(), key=lambda pair: -pair[1]):
            part = currency.round(min(amount, due))
            if method in config.payment_method_ids and part > 0:
                paid.append((method, part))
                due = currency.round(due - part)
        if due:
            first = config.payment_method_ids.sorted(lambda m: not m.is_cash_count)[:1]
            paid.append((first, due))
        return paid

    @api.private
    @api.model
    def tip(self, original, pieces):
        """Legal tip of a return; with the last piece of an order goes its last cent."""
        currency = original.currency_id
        tip = currency.round(sum(piece.tip for piece in pieces))
        back = {piece.line: piece.qty for piece in pieces}
        left = sum(self._left(line) - back.get(line, 0.0) for line in original.lines)
        if abs(left) < 1e-9:
            returns = original.lines.refund_orderline_ids.order_id
            returns = returns.filtered(lambda order: order.state != "cancel")
            tip = original.nu_amount_tip + sum(returns.mapped("nu_amount_tip"))
        return currency.round(tip)
