from odoo import models

from .account_move_amounts import OF_KIND, WITHHELD

#: Accounts of what is bought as a thing where no product tells it.
GOODS_ACCOUNTS = (
    "asset_current",
    "asset_fixed",
    "asset_non_current",
    "expense_direct_cost",
)


class AccountMoveLine(models.Model):
    """Lines of an issued invoice or note: what was sold stays. Accounts, maturities,
    analytics and reconciliation are the books' own affair."""

    _name = "account.move.line"
    _inherit = ["account.move.line", "nu.pos.guarded"]

    _nu_document_name = "move_id"
    _nu_sealed_names = frozenset(
        (
            "amount_currency",
            "balance",
            "credit",
            "currency_id",
            "debit",
            "discount",
            "display_type",
            "move_id",
            "price_subtotal",
            "price_total",
            "price_unit",
            "product_id",
            "quantity",
            "tax_ids",
            "tax_line_id",
        )
    )

    def _nu_is_good(self):
        """A thing, not a service (IndicadorBienoServicio; 606 columns 8 and 9)."""
        if self.product_id:
            return self.product_id.type != "service"
        return self.account_id.account_type in GOODS_ACCOUNTS

    def _nu_is_exempt(self):
        """A line without ITBIS, which a receipt marks with an E (Decreto 254-06)."""
        taxes = self.tax_ids.flatten_taxes_hierarchy()
        return not any(tax.nu_kind == "itbis" and tax.amount for tax in taxes)

    def _nu_add_base(self, sums, sign):
        net = sign * self.balance
        if self._nu_is_apart():
            sums["nu_amount_not_invoiced"] += net
            return
        sums["nu_amount_goods" if self._nu_is_good() else "nu_amount_services"] += net
        if self._nu_is_exempt():
            sums["nu_amount_exempt"] += net

    def _nu_add_tax(self, sums, sign):
        tax = self.tax_line_id
        kind = tax.nu_kind
        if kind not in OF_KIND:
            return
        value = sign * self.balance * (-1 if kind in WITHHELD else 1)
        sums[OF_KIND[kind]] += value
        if kind == "itbis" and self.move_id.is_purchase_document():
            if tax.nu_is_proportional:
                sums["nu_amount_itbis_proportional"] += value
            # ITBIS that is not deductible is booked with what was bought
            if (self.account_id.account_type or "").startswith("expense"):
                sums["nu_amount_itbis_cost"] += value
