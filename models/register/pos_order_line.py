"""Order lines of products that are not invoiced: gift vouchers, tips."""

from odoo import api, fields, models

from .product_template import NOT_INVOICED


class PosOrderLine(models.Model):
    _inherit = "pos.order.line"

    nu_is_not_invoiced = fields.Boolean(
        string="Not invoiced",
        compute="_compute_nu_is_not_invoiced",
        store=True,
        precompute=True,
        copy=False,
        prefetch="nu_restaurant_pos",
        help="A gift voucher or voluntary tip, as it was sold; below zero, a voucher "
        "that pays.",
    )
    # few of all: the reports of a month look for them
    _nu_not_invoiced = models.Index("(order_id) WHERE nu_is_not_invoiced")

    # not of the product's field: what was sold stays what it was
    @api.depends("product_id", "refunded_orderline_id")
    def _compute_nu_is_not_invoiced(self):
        for line in self:
            if line.refunded_orderline_id:
                sold = line.refunded_orderline_id
                line.nu_is_not_invoiced = sold.nu_is_not_invoiced
            else:
                line.nu_is_not_invoiced = line._nu_is_apart()

    def _nu_is_apart(self):
        """Whether the product is marked; one that bears a tax is sold all the same."""
        return self.product_id.nu_billing == NOT_INVOICED and not any(
            tax.amount for tax in self._nu_taxes()._nu_flat()
        )
