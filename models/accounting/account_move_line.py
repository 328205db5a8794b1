from odoo import models


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
