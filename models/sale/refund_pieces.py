"""How much comes back of an order, and by which methods of payment."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ...fiscal.money import decimals, from_float, plain_text, round_half_up
from ...schemas.refund import Refund
from ..runtime.problem import ApiProblem, Findings
from ..runtime.reference_resolver import ReferenceResolver
from ..runtime.service import Service
from .paid_back import PaidBack, Share

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


class RefundPieces(Service):
    """Judges what a return asks for; reads only.

    Never more than the original: quantities by line, amounts to the cent, however many
    returns there are. Each takes what all of them together make of the line, less what
    went back before, so that rounding never adds up and the last one takes what is
    left. A discount goes back with its share of what it was given on.
    """

    # -- Lines -----------------------------------------------------------------------

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
            pieces += self._discount_pieces(sold, given, left, pieces)
        self._check_total(original, pieces, whole)
        return pieces

    def rest(self, original):
        """``{line: Piece}`` of all there is left; empty where nothing is."""
        try:
            pieces = self.of(original, Refund(), Findings())
        except ApiProblem:
            return {}
        return {piece.line: piece for piece in pieces}

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

    def _places(self):
        return self.env["decimal.precision"].precision_get("Product Unit")

    def _left(self, line):
        left = Decimal(repr(line.qty)) - Decimal(repr(line.refunded_qty))
        return round_half_up(left, self._places())

    def _piece(self, line, qty, sold, given, last):
        """What all returns of the line make of it, less those before."""
        share = Decimal(1)
        if not last:
            before = Decimal(repr(line.refunded_qty))
            share = (before + qty) / Decimal(repr(line.qty))
        return self._part(line, qty, sold, given, share)

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

    def _given_back(self, original):
        """``{line: Share}`` that went back until now, with the sign of the sale."""
        given = {}
        for order in original._nu_returns():
            for back, share in order._nu_shares().items():
                line = back.refunded_orderline_id
                mine = given.setdefault(line, Share(ZERO, {}))
                mine.subtotal -= share.subtotal
                for tax, amount in share.taxes.items():
                    mine.taxes[tax] = mine.taxes.get(tax, ZERO) - amount
        return given

    # -- Discounts -------------------------------------------------------------------

    def _discount_pieces(self, sold, given, left, pieces):
        """Of each discount its share in what comes back.

        A discount is of the lines that bear the same taxes; of all, where none does.
        Together they are one amount, of which all returns take their part: what comes
        back is never below zero, of any tax.
        """
        groups = {}
        for line in sold:
            if line.qty > 0:
                groups.setdefault(line._nu_taxes(), []).append(line)
        result = []
        for lines in groups.values():
            mine = [piece for piece in pieces if piece.line in lines]
            discounts = [line for line in lines if line.price_unit < 0]
            if len(discounts) == len(lines):
                # of nothing that bears the same taxes
                weight = self._weight(list(sold), sold, pieces)
                for line in discounts:
                    qty = self._discount_qty(line, left, weight)
                    share = sold[line], given.get(line), weight
                    result.append(self._part(line, qty, *share))
            elif mine and discounts:
                result += self._group_pieces(lines, discounts, sold, given, left, mine)
        result = [
            piece for piece in result if piece.subtotal or any(piece.taxes.values())
        ]
        if any(piece.qty <= 0 for piece in result):
            raise ApiProblem(
                "CONFLICT",
                "Too little of the discount is left to be shared: give back the rest "
                "of the order at once",
            )
        return result

    def _group_pieces(self, lines, discounts, sold, given, left, pieces):
        weight = self._weight(lines, sold, pieces)
        none = Share(ZERO, {})

        def part(amount_of):
            """What goes off of one amount, the subtotal or a tax, of the pieces."""
            whole = sum((amount_of(sold[line]) for line in lines), ZERO)
            back = sum((amount_of(given.get(line, none)) for line in lines), ZERO)
            now = sum((amount_of(piece) for piece in pieces), ZERO)
            net = round_half_up(whole * weight) - back
            return min(max(net, ZERO), max(whole - back, ZERO), now) - now

        taxes = {tax for line in discounts for tax in sold[line].taxes}
        off = Share(part(lambda share: share.subtotal), {})
        for tax in taxes:
            off.taxes[tax] = part(lambda share, tax=tax: share.taxes.get(tax, ZERO))
        result = []
        whole = sum((sold[line].subtotal for line in discounts), ZERO)
        for line in discounts:
            share = sold[line].subtotal / whole if line != discounts[-1] else 1
            piece = Piece(line, self._discount_qty(line, left, weight), ZERO, {})
            piece.subtotal = round_half_up(off.subtotal * share)
            for tax, amount in off.taxes.items():
                piece.taxes[tax] = round_half_up(amount * share)
                off.taxes[tax] -= piece.taxes[tax]
            off.subtotal -= piece.subtotal
            whole -= sold[line].subtotal
            result.append(piece)
        return result

    def _discount_qty(self, line, left, weight):
        """The quantity stands for the share as well as its decimals let it, and
        something of it stays for the last return; zero if nothing else is left."""
        least = Decimal(1).scaleb(-self._places())
        sold = Decimal(repr(line.qty))
        qty = sold * weight - (sold - left[line])
        return round_half_up(min(max(qty, least), left[line] - least), self._places())

    def _weight(self, lines, sold, pieces):
        """Part of what was sold that all returns together give back."""
        now = {piece.line: piece.qty for piece in pieces}
        lines = [line for line in lines if line.price_unit >= 0]
        whole = sum((sold[line].subtotal for line in lines), ZERO)
        back = sum(
            (
                sold[line].subtotal
                * (Decimal(repr(line.refunded_qty)) + now.get(line, ZERO))
                / Decimal(repr(line.qty))
                for line in lines
            ),
            ZERO,
        )
        return back / whole if whole else Decimal(1)

    # -- The whole -------------------------------------------------------------------

    def _refuse_empty(self, original):
        raise ApiProblem(
            "CONFLICT",
            f"Nothing is left of order {original.pos_reference} to give back",
            current=original._nu_current(),
        )

    def _check_total(self, original, pieces, whole):
        """Not more than is left of the sale, and no note over nothing."""
        total = sum((piece.subtotal_incl for piece in pieces), ZERO)
        sold = from_float(original.amount_total)
        left = sold + sum(
            (from_float(order.amount_total) for order in original._nu_returns()), ZERO
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

    def payments(self, original, config, wire, pieces, findings):
        """``[(method, amount, wire shape or None)]``, amounts positive.

        What was paid goes back: the total of the lines or, where cash was rounded, what
        the till took for them.
        """
        currency = config.currency_id
        if wire.payments is None:
            return self._same_way_back(original, config, pieces)
        resolver = ReferenceResolver(self.env)
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
        back, total = self._back(original, pieces)
        due, coins = back.due(total), back.in_coins(total, config)
        given = sum((from_float(amount) for _method, amount, _wire in paid), ZERO)
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

    def _back(self, original, pieces):
        """``(PaidBack, total of the pieces)``."""
        total = sum((piece.subtotal_incl for piece in pieces), ZERO)
        return PaidBack(original, original._nu_returns()), total

    def _same_way_back(self, original, config, pieces):
        """By the methods it was paid with, what they still hold; the rest, and what
        this register cannot take back, in its first method."""
        held = {}
        for payment in (original | original._nu_returns()).payment_ids:
            method = payment.payment_method_id
            held[method] = held.get(method, ZERO) + from_float(payment.amount)
        back, total = self._back(original, pieces)
        due = back.due(total)
        mine = [
            (method, amount)
            for method, amount in sorted(held.items(), key=lambda pair: -pair[1])
            if method in config.payment_method_ids and amount > 0
        ]
        first = config.payment_method_ids.sorted(lambda m: not m.is_cash_count)[:1]
        if not any(not method.is_cash_count for method, _amount in mine):
            due = back.in_coins(total, config)
        paid = {}
        for method, amount in mine:
            part = min(amount, due)
            if part > 0:
                paid[method] = part
                due -= part
        if due or not paid:
            paid[first] = paid.get(first, ZERO) + due
        return [(method, float(amount), None) for method, amount in paid.items()]
