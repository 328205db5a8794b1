"""What the stored amounts of an order say: their signs, and what cash rounds away."""

from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from ...fiscal.money import from_float, round_half_up
from ..runtime.problem import ApiProblem
from .paid_back import PaidBack, Share
from .pos_order_wire import PAID_STATES
from .refund_pieces import RefundPieces
from .refund_writer import RefundWriter

#: Cash rounds to a coin, and the largest coin of the country is of 25 pesos: a greater
#: difference between a sale and its payments is no rounding.
LARGEST_COIN = 25
#: Forms of payment that take what is no cash, in this order where they are equal.
NOT_CASH = ("card", "transfer", "credit", "voucher", "barter", "other")
#: Forms that paid for what is not invoiced, in this order: nobody says by which of them
#: a voucher or a tip was paid.
PAYS_APART = ("card", "transfer", "cash", "credit", "other", "barter", "voucher")


def signed_sql(line, column):
    """SQL: an amount of ``pos_order_line`` with its sign.

    :param line: alias of the table
    """
    amount = SQL.identifier(line, column)
    return SQL(
        "CASE WHEN (%s < 0) <> (%s < 0) THEN -abs(%s) ELSE abs(%s) END",
        SQL.identifier(line, "qty"),
        SQL.identifier(line, "price_unit"),
        amount,
        amount,
    )


class PosOrder(models.Model):
    _inherit = "pos.order"

    def _compute_prices(self):
        # EXTENDS 'point_of_sale'
        # Core writes the rounded price where all payments are rounded, but only if it
        # gives change. The total of a document is that of its lines; what was rounded
        # is the difference to what was paid.
        result = super()._compute_prices()
        Tax = self.env["account.tax"]
        for order in self:
            config = order.config_id
            if (
                config.only_round_cash_method
                or not config._nu_cash_rule()
                or order.company_id.account_fiscal_country_id.code != "DO"
            ):
                continue
            base_lines = order.lines._prepare_tax_base_line_values()
            Tax._add_tax_details_in_base_lines(base_lines, order.company_id)
            Tax._round_base_lines_tax_details(base_lines, order.company_id)
            totals = Tax._get_tax_totals_summary(
                base_lines, order.currency_id, order.company_id
            )
            total = totals["total_amount_currency"]
            order.amount_total = -total if order.amount_total < 0 else total
            order.amount_difference = order.amount_paid - order.amount_total
        return result

    def _nu_shares(self):
        """``{line: Share}`` of the lines with a quantity, signed.

        They add up to the totals of the order as it was sold. The rates of today only
        share the tax of a line among its taxes; what is left goes to the greatest.
        """
        self.ensure_one()
        shares = {}
        for line in self.lines.filtered("qty"):
            subtotal, incl = map(from_float, line._nu_signed())
            taxes = line._nu_told_taxes()
            if taxes is None:
                taxes = _shared_tax(
                    line._nu_taxes()._nu_flat(), subtotal, incl - subtotal
                )
            shares[line] = Share(subtotal, taxes)
        tax, tip = from_float(self.amount_tax), from_float(self.nu_amount_tip)
        _settle(shares, from_float(self.amount_total) - tax)
        if self.nu_document_type_id:
            _settle_taxes(shares, tip, lambda of: of.nu_is_tip)
            _settle_taxes(shares, tax - tip, lambda of: not of.nu_is_tip)
        else:
            _settle_taxes(shares, tax, lambda of: True)
        return shares

    def _nu_rounding(self):
        """What cash rounding added to the price; below zero, what it took off.

        A fact of the sale: what was paid less the total of the document, whatever the
        register rounds today.
        """
        self.ensure_one()
        difference = self.currency_id.round(self.amount_paid - self.amount_total)
        if not difference or abs(difference) > LARGEST_COIN:
            return 0.0
        # asked for last: core reads orders by the thousand when it closes a session
        ours = self.nu_document_type_id or self.nu_mode == "return"
        return difference if ours else 0.0

    def _nu_returns(self):
        """The returns of a sale, also those that are begun."""
        returns = self.lines.refund_orderline_ids.order_id
        return returns.filtered(lambda order: order.state != "cancel")

    def _nu_paid_back(self):
        """``PaidBack`` of the sale that this return belongs to, before it; None of an
        order that is no return of a numbered sale."""
        original = self.is_refund and self.sudo().refunded_order_id
        if not original or not original.nu_ncf_id:
            return None
        others = original._nu_returns() - self.sudo()
        return PaidBack(original, others.filtered(lambda o: o.state in PAID_STATES))

    def _nu_check_paid_back(self):
        """Refuse to pay back more than was paid.

        :raise ApiProblem: ``CONFLICT``
        """
        back = self._nu_paid_back()
        if back and -from_float(self.amount_paid) > back.left:
            raise ApiProblem(
                "CONFLICT",
                self.env._(
                    "%(receipt)s was paid with %(paid).2f, of which %(left).2f are "
                    "left: %(given).2f would be paid back.",
                    receipt=self.refunded_order_id.nu_ncf,
                    paid=back.paid,
                    left=back.left,
                    given=-self.amount_paid,
                ),
            )

    def _nu_pays_back_due(self):
        """Whether a return pays back what its sale took for it, however the register
        rounds today."""
        back = self._nu_paid_back()
        if not back:
            return False
        total, given = -from_float(self.amount_total), -from_float(self.amount_paid)
        return given in (back.due(total), back.in_coins(total, self.config_id))

    def _is_pos_order_paid(self):
        # EXTENDS 'point_of_sale'
        return super()._is_pos_order_paid() or self._nu_pays_back_due()

    def _refund(self):
        # EXTENDS 'point_of_sale'
        # Core reckons what is left of a sale from quantity and price, line by line: a
        # cent more than is left of it after it came back in parts.
        service = RefundPieces(self.sudo().env)
        rests = {
            order: service.rest(order)
            for order in self.sudo()
            if order.nu_ncf_id and order.state in PAID_STATES
        }
        refunds = super()._refund()
        for refund in refunds.sudo():
            rest = rests.get(refund.refunded_order_id)
            if rest:
                RefundWriter(self.sudo().env).settle(refund, rest)
        return refunds

    def _nu_paid_by_form(self):
        """``{form of payment: pesos}``, adding up to the total of the document, which
        gift vouchers that were sold and voluntary tips are no part of; a voucher that
        was redeemed by a line pays.

        The document tells the price; what cash rounded stays in cash. Change is a
        negative row of cash, and where no cash was given it was change of the form
        that most was paid by. ``nu.pos.dgii.documents`` reads the same in SQL.
        """
        self.ensure_one()
        forms = dict.fromkeys(NOT_CASH, Decimal(0))
        cash = Decimal(0)
        for payment in self.payment_ids:
            form = payment._nu_form()
            amount = from_float(payment.amount)
            if form == "cash":
                cash += amount
            else:
                forms[form] += amount
        rounding = from_float(self._nu_rounding())
        kept = max(cash - rounding, Decimal(0)) if cash > 0 else Decimal(0)
        spare = cash - rounding - kept
        largest = max(NOT_CASH, key=forms.get)
        if forms[largest] > 0:
            forms[largest] += spare
        else:
            kept += spare
        forms["cash"] = kept
        sold, redeemed = self._nu_not_invoiced()
        for form in PAYS_APART:
            taken = min(max(forms[form], Decimal(0)), sold)
            forms[form] -= taken
            sold -= taken
        forms["voucher"] += redeemed
        return forms

    def _nu_not_invoiced(self):
        """``(vouchers and tips sold, vouchers redeemed by a line)`` in pesos; of a
        return what it gives back of each."""
        self.ensure_one()
        sign = -1 if self.amount_total < 0 else 1
        sold = redeemed = Decimal(0)
        for line in self.lines:
            if line.nu_is_not_invoiced:
                amount = sign * from_float(line._nu_signed()[0])
                sold += max(amount, Decimal(0))
                redeemed -= min(amount, Decimal(0))
        return sold, redeemed


def _shared_tax(taxes, subtotal, amount):
    """``{tax: its part}`` of the taxes of a line; the legal tip is 10 % of its net."""
    parts = {tax: Decimal(0) for tax in taxes}
    rest = {}
    for tax in taxes:
        rate = Decimal(repr(tax.amount))
        if tax.nu_is_tip:
            parts[tax] = round_half_up(subtotal * rate / 100)
        elif rate > 0:
            rest[tax] = rate
    left = amount - sum(parts.values())
    whole = sum(rest.values())
    for tax, rate in rest.items():
        parts[tax] = round_half_up(left * rate / whole)
    if parts:
        last = max(rest or parts, key=lambda tax: abs(parts[tax]))
        parts[last] += amount - sum(parts.values())
    return parts


def _settle(shares, whole):
    """Make the subtotals add up to that of the order."""
    if shares:
        left = whole - sum(share.subtotal for share in shares.values())
        largest = max(shares.values(), key=lambda share: abs(share.subtotal))
        largest.subtotal += left


def _settle_taxes(shares, whole, which):
    """Make some of the taxes add up to those of the order."""
    parts = [
        (share.taxes, tax)
        for share in shares.values()
        for tax in share.taxes
        if which(tax)
    ]
    if parts:
        left = whole - sum(taxes[tax] for taxes, tax in parts)
        taxes, tax = max(parts, key=lambda part: abs(part[0][part[1]]))
        taxes[tax] += left
