"""Products of a register that are no income: gift vouchers, tips."""

from odoo import api, models

#: Programmes of Odoo's loyalty whose products are money of the customer.
_VOUCHERS = ("gift_card", "ewallet")


class PosConfig(models.Model):
    _inherit = "pos.config"

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'point_of_sale'
        configs = super().create(vals_list)
        configs._nu_mark_not_invoiced()
        return configs

    def write(self, vals):
        # EXTENDS 'point_of_sale'
        result = super().write(vals)
        if {"tip_product_id", "iface_tipproduct", "company_id"} & set(vals):
            self._nu_mark_not_invoiced()
        return result

    def _nu_mark_not_invoiced(self):
        """Mark the products of voluntary tips and gift vouchers of these registers."""
        configs = self.sudo().filtered(
            lambda config: config.company_id.account_fiscal_country_id.code == "DO"
        )
        if configs:
            products = configs.filtered("iface_tipproduct").tip_product_id
            products |= configs._nu_voucher_products()
            products.product_tmpl_id._nu_mark_not_invoiced()

    def _nu_voucher_products(self):
        """Products that sell gift cards and eWallets, and those of their redemption."""
        products = self.env["product.product"]
        if "loyalty.program" not in self.env:
            return products
        programs = self.env["loyalty.program"].search(
            [("program_type", "in", _VOUCHERS)]
        )
        return (
            programs.trigger_product_ids | programs.payment_program_discount_product_id
        )
