"""How much comes back of an order, and by which methods of payment."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from odoo import api, models
from odoo.tools import float_round

from ..fiscal.money import decimals, plain_text, round_half_up
from .nu_pos_order_wire import PAID_STATES
from .nu_pos_problem import ApiProblem
from .pos_order_amounts import Share

ZERO = Decimal(0)


@dataclass
class Piece:
    """What comes back of one line, in the register's currency. Amounts have the sign
    of the sale: above zero of what was sold, below zero of a discount."""

    line: Any  # pos.order.line of the original
    qty: Decimal
    subtotal: Decimal
    taxes: dict  # {account.tax: Decimal}

    @property
    def subtotal_incl(self):
        return self.subtotal + sum(self.taxes.values(), ZERO)

    @property
    def tip(self):
        return sum((tax for of, tax in self.taxes.items() if of.nu_is_tip), ZERO)


class NuPosRefundPieces(models.AbstractModel):
    """Judges what a return asks for; reads only.

    Never more than the original: quantities by line, amounts to the cent, however many
    returns there are. Each takes what all of them together make of the line, less what
    went back before, so that rounding never adds up and the last one takes what is
    left. A discount goes back with its share of what it was given on.
    """

    _name = "nu.pos.refund.pieces"
    _description = "Pieces of a POS return"

    # -- Lines -----------------------------------------------------------------------

    @api.private
    @api.model
    def of(self, original, wire, findings):
        """The lines asked for, or all there is left; each line once."""
        sold, given = original._nu_shares(), self._given_back(original)
        lines = [line for line in sold if line.qty > 0 and line.price_unit >= 0]
        discounts = [line for line in sold if line.qty > 0 > line.price_unit]
        left = {line: self._left(line) for line in (*lines, *discounts)}
        asked, named = self._asked(original, left, wire, findings)
        if findings.errors:
            return []
        asked = {line: qty for line, qty in asked.items() if line in lines}
        if not asked:
            self._refuse_empty(original)
        whole = all(asked.get(line, ZERO) == left[line] for line in lines)
        pieces = [
            self._piece(line, qty, sold[line], given.get(line), qty == left[line])
            for line, qty in asked.items()
        ]
        if whole:
            pieces += [
                self._piece(line, left[line], sold[line], given.get(line), True)
                for line in discounts
                if left[line] > 0
            ]
        elif named:
            findings.add(
                "VALIDATION",
                named[0],
                "a discount goes back with its share of the lines: leave it out",
            )
            return []
        elif discounts:
            weight = self._weight(lines, sold, asked)
            pieces += self._shares_of(discounts, sold, given, left, weight)
        self._check_total(original, pieces, whole)
        return pieces

    @api.model
    def _asked(self, original, left, wire, findings):
        """``({line: quantity}, [path of each discount that is named])``."""
        if wire.lines is None:
            return {line: qty for line, qty in left.items() if qty > 0}, []
        lines = original.lines.filtered("qty")
        by_id = {line.id: line for line in lines}
        by_client = {line.nu_client_id: line for line in lines if line.nu_client_id}
        by_uuid = {line.uuid: line for line in lines}
        asked, named = {}, []
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
            rest = left.get(line, ZERO)
            qty = rest if row.qty is None else row.qty
            places = self.env["nu.pos.sale"]._quantity_places(line.product_id)
            if qty != rest and decimals(qty) > places:
                # Odoo would store another quantity than the one that came back
                findings.add(
                    "VALIDATION",
                    f"{path}.qty",
                    f"has more than {places} decimals",
                    given=plain_text(qty),
                )
                continue
            if not 0 < qty <= rest:
                findings.add(
                    "VALIDATION",
                    f"{path}.qty",
                    "more than is left of the line",
                    given=plain_text(qty),
                    expected=f"at most {plain_text(rest)}",
                )
                continue
            asked[line] = qty
            if line._nu_takes_off():
                named.append(path)
        return asked, named

    @api.model
    def _places(self):
        return self.env["decimal.precision"].precision_get("Product Unit")

    @api.model
    def _left(self, line):
        left = Decimal(repr(line.qty)) - Decimal(repr(line.refunded_qty))
        return round_half_up(left, self._places())

    @api.model
    def _piece(self, line, qty, sold, given, last):
        """What all returns of the line make of it, less those before."""
        share = Decimal(1)
        if not last:
            before = Decimal(repr(line.refunded_qty))
            share = (before + qty) / Decimal(repr(line.qty))
        return self._part(line, qty, sold, given, share)

    @api.model
    def _part(self, line, qty, sold, given, share):
        def part(whole, back):
            left = whole - back
            amount = round_half_up(whole * share) - back
            # what the screen gave back, line by line, may be a cent ahead
            return min(max(amount, min(left, ZERO)), max(left, ZERO))

        given = given or Share(ZERO, {})
        taxes = {
            tax: part(amount, given.taxes.get(tax, ZERO))
            for tax, amount in sold.taxes.items()
        }
        return Piece(line, qty, part(sold.subtotal, given.subtotal), taxes)

    @api.model
    def _given_back(self, original):
        """``{line: Share}`` that went back until now, with the sign of the sale."""
        given = {}
        for order in self._returns(original):
            for back, share in order._nu_shares().items():
                line = back.refunded_orderline_id
                mine = given.setdefault(line, Share(ZERO, {}))
                mine.subtotal -= share.subtotal
                for tax, amount in share.taxes.items():
                    mine.taxes[tax] = mine.taxes.get(tax, ZERO) - amount
        return given

    @api.model
    def _returns(self, original):
        orders = original.lines.refund_orderline_ids.order_id
        return orders.filtered(lambda order: order.state != "cancel")

    # -- Discounts -------------------------------------------------------------------

    @api.model
    def _weight(self, lines, sold, asked):
        """Part of what was sold that all returns together give back."""
        whole = sum((sold[line].subtotal for line in lines), ZERO)
        back = sum(
            (
                sold[line].subtotal
                * (Decimal(repr(line.refunded_qty)) + asked.get(line, ZERO))
                / Decimal(repr(line.qty))
                for line in lines
            ),
            ZERO,
        )
        return back / whole if whole else ZERO

    @api.model
    def _shares_of(self, discounts, sold, given, left, weight):
        """Of each discount its share; the quantity stands for it as well as the
        decimals of quantities let it, and something of it stays for the last one."""
        places = self._places()
        least = Decimal(1).scaleb(-places)
        pieces = []
        for line in discounts:
            qty = round_half_up(Decimal(repr(line.qty)) * weight, places)
            qty -= Decimal(repr(line.refunded_qty))
            qty = round_half_up(min(max(qty, least), left[line] - least), places)
            piece = self._part(line, qty, sold[line], given.get(line), weight)
            if not piece.subtotal_incl:
                continue
            if qty <= 0:
                raise ApiProblem(
                    "CONFLICT",
                    "Too little of the discount is left to be shared: give back the "
                    "rest of the order at once",
                )
            pieces.append(piece)
        return pieces

    # -- The whole -------------------------------------------------------------------

    @api.model
    def _refuse_empty(self, original):
        raise ApiProblem(
            "CONFLICT",
            f"Nothing is left of order {original.pos_reference} to give back",
            current=original._nu_current(),
        )

    @api.model
    def _check_total(self, original, pieces, whole):
        """Not more than is left of the sale, and no note over nothing."""
        total = sum((piece.subtotal_incl for piece in pieces), ZERO)
        sold = _pesos(original.amount_total)
        left = sold + sum(
            (_pesos(order.amount_total) for order in self._returns(original)), ZERO
        )
        if total < 0 or total > left:
            raise ApiProblem(
                "CONFLICT",
                f"{left:.2f} is left of the sale, the lines come to {total:.2f}",
                current=original._nu_current(),
            )
        if not total and sold and not whole:
            raise ApiProblem(
                "CONFLICT", "What comes back is worth less than a cent: give back more"
            )

    # -- Money -----------------------------------------------------------------------

    @api.private
    @api.model
    def payments(self, original, config, wire, pieces, findings):
        """``[(method, amount, wire shape or None)]``, amounts positive.

        What was paid goes back: the total of the lines or, where cash was rounded, what
        the till took for them.
        """
        currency = config.currency_id
        if wire.payments is None:
            return self._same_way_back(original, config, pieces)
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
            if method:
                paid.append((method, currency.round(float(payment.amount)), payment))
        if findings.errors:
            return []
        due = self._due(original, pieces)
        coins = self._in_coins(original, config, pieces, due)
        given = sum((_pesos(amount) for _method, amount, _wire in paid), ZERO)
        all_cash = all(method.is_cash_count for method, _amount, _wire in paid)
        if given != due and not (all_cash and given == coins):
            expected = coins if all_cash else due
            findings.add(
                "TOTALS_MISMATCH",
                "payments",
                f"{given:.2f} is given back, {expected:.2f} is due",
                given=f"{given:.2f}",
                expected=f"{expected:.2f}",
            )
        return [entry for entry in paid if entry[1]] or paid[:1]

    @api.model
    def _due(self, original, pieces):
        """What is given back for the pieces, to the cent.

        Of a sale whose cash was rounded it is their share of what was paid; the last
        return takes what is left of it.
        """
        total = sum((piece.subtotal_incl for piece in pieces), ZERO)
        sold, left, notes = self._paid(original)
        told = notes + total
        whole = _pesos(original.amount_total)
        if told >= whole:
            return max(left, ZERO)
        due = round_half_up(sold * told / whole) - (sold - left) if whole else ZERO
        return min(max(due, ZERO), max(left, ZERO))

    @api.model
    def _paid(self, original):
        """``(paid for the sale, of it not given back yet, total of the notes)``."""
        paid = left = _pesos(original.amount_paid)
        notes = ZERO
        for order in self._returns(original):
            notes -= _pesos(order.amount_total)
            drawn = order.state in PAID_STATES
            left += _pesos(order.amount_paid if drawn else order.amount_total)
        return paid, left, notes

    @api.model
    def _in_coins(self, original, config, pieces, due):
        """The same in the coins there are, where the register rounds cash: all returns
        together are rounded as one, and never above what was paid."""
        total = sum((piece.subtotal_incl for piece in pieces), ZERO)
        sold, left, notes = self._paid(original)
        rule = config.cash_rounding and config.rounding_method
        if not rule or due == left:
            return due
        told = float_round(
            float(notes + total),
            precision_rounding=rule.rounding,
            rounding_method=rule.rounding_method,
        )
        return min(max(_pesos(told) - (sold - left), ZERO), max(left, ZERO))

    @api.model
    def _same_way_back(self, original, config, pieces):
        """By the methods it was paid with, what they still hold; the rest, and what
        this register cannot take back, in its first method."""
        held = {}
        for payment in (original | self._returns(original)).payment_ids:
            method = payment.payment_method_id
            held[method] = held.get(method, ZERO) + _pesos(payment.amount)
        due = self._due(original, pieces)
        mine = [
            (method, amount)
            for method, amount in sorted(held.items(), key=lambda pair: -pair[1])
            if method in config.payment_method_ids and amount > 0
        ]
        first = config.payment_method_ids.sorted(lambda m: not m.is_cash_count)[:1]
        if not any(not method.is_cash_count for method, _amount in mine):
            due = self._in_coins(original, config, pieces, due)
        paid = {}
        for method, amount in mine:
            part = min(amount, due)
            if part > 0:
                paid[method] = part
                due -= part
        if due or not paid:
            paid[first] = paid.get(first, ZERO) + due
        return [(method, float(amount), None) for method, amount in paid.items()]


def _pesos(amount):
    return round_half_up(Decimal(repr(float(amount))))
