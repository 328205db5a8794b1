"""Invoice lines of products that are not invoiced: gift vouchers, tips."""

from odoo import models

from .product_template import NOT_INVOICED


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _nu_is_apart(self):
        """Whether an invoiced product is a gift voucher or voluntary tip."""
        return (
            self.move_id.is_sale_document()
            and self.product_id.nu_billing == NOT_INVOICED
            and not any(tax.amount for tax in self.tax_ids._nu_flat())
        )
