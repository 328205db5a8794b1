"""Amounts of a line with their signs, and its taxes."""

from odoo import models

from ...fiscal.money import from_float


class PosOrderLine(models.Model):
    _inherit = "pos.order.line"

    def _nu_taxes(self):
        """The taxes that the line bears. Odoo's screen stores those of the product, and
        the fiscal position of the order maps them whenever it computes."""
        position = self.order_id.fiscal_position_id
        return position.map_tax(self.tax_ids) if position else self.tax_ids

    def _nu_takes_off(self):
        """Whether the line lowers what is sold: goods that come back, or a discount."""
        self.ensure_one()
        return (self.qty < 0) != (self.price_unit < 0)

    def _nu_signed(self):
        """``(subtotal, subtotal with taxes)`` with their signs.

        Odoo's screen stores the lines of a refund by the sign of the document: quantity
        -1, subtotal positive (point_of_sale, ``setOrderPrices``); the back office and
        this API store them negative. A discount has a positive quantity and a negative
        price. The sign is that of quantity x price, as core reads it in ``pos_sale``.
        """
        sign = -1 if self._nu_takes_off() else 1
        return sign * abs(self.price_subtotal), sign * abs(self.price_subtotal_incl)

    def _nu_told_taxes(self):
        """``{account.tax: Decimal}`` that a return of ours was made with, signed; None
        of other lines. Core's engine computes with the same (``extra_tax_data``)."""
        told = (self.extra_tax_data or {}).get("manual_tax_amounts")
        if not told or self.order_id.nu_mode != "return":
            return None
        sign = -1 if self._nu_takes_off() else 1
        return {
            tax: sign * abs(from_float(told[str(tax.id)]["tax_amount_currency"]))
            for tax in self._nu_taxes()._nu_flat()
            if str(tax.id) in told
        }
