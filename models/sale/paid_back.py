"""Shares of lines, and what the returns of a sale pay back."""

from dataclasses import dataclass
from decimal import Decimal

from ...fiscal.money import from_float, round_half_up
from .pos_order_wire import PAID_STATES


@dataclass
class Share:
    """What one line is of its order, to the cent: without taxes, and each tax."""

    subtotal: Decimal
    taxes: dict  # {account.tax: Decimal}


class PaidBack:
    """What the returns of a sale have paid back, and what the next one has to.

    Notes tell the price of what comes back, the till pays what it took for it: where
    cash was rounded the two differ, and the last return pays what is left. All returns
    together are counted as one, so that rounding does not add up.
    """

    def __init__(self, original, returns):
        """:param returns: those that are or will be paid, without the next one"""
        self.sold = from_float(original.amount_total)
        self.paid = from_float(original.amount_paid)
        self.told = self.given = Decimal(0)
        for order in returns:
            total = from_float(order.amount_total)
            drawn = order.state in PAID_STATES
            self.told -= total
            self.given -= from_float(order.amount_paid) if drawn else total

    @property
    def left(self):
        """Of what was paid; never below zero."""
        return max(self.paid - self.given, Decimal(0))

    def due(self, total):
        """What a return over ``total`` pays back, to the cent."""
        told = self.told + total
        if told >= self.sold:
            return self.left
        share = round_half_up(self.paid * told / self.sold)
        return min(max(share - self.given, Decimal(0)), self.left)

    def in_coins(self, total, config):
        """The same in the coins there are, where the register rounds cash."""
        due, rule = self.due(total), config._nu_cash_rule()
        if not rule or due == self.left:
            return due
        told = rule.round(float(self.told + total))
        return min(max(from_float(told) - self.given, Decimal(0)), self.left)
