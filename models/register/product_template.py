"""What is sold and is no income of the house: gift vouchers and voluntary tips."""

from odoo import api, fields, models

NOT_INVOICED = "none"
BILLINGS = [
    ("invoice", "Part of the invoice"),
    (NOT_INVOICED, "Not invoiced: gift voucher, deposit, voluntary tip"),
]
#: Programmes of Odoo's loyalty whose products are money of the customer.
_VOUCHERS = ("gift_card", "ewallet")


class ProductTemplate(models.Model):
    """A gift voucher is sold with IndicadorFacturacion 0 and redeemed as a form of
    payment; told as exempt the same money is income twice (Informe Técnico e-CF,
    section 17). A voluntary tip is of the staff."""

    _inherit = "product.template"

    nu_billing = fields.Selection(
        BILLINGS,
        string="On the fiscal receipt",
        help="Not invoiced: a line of its own that is no sale in formats 607 and IT-1, "
        "as long as it bears no taxes. Its income account should be of liabilities. "
        "Empty: told by its use; the tip product of a register and the products of "
        "gift cards and eWallets are marked by themselves.",
    )

    def _nu_mark_not_invoiced(self):
        """Mark those that nobody has said anything of."""
        unsaid = self.sudo().filtered(lambda product: not product.nu_billing)
        if unsaid:
            unsaid.nu_billing = NOT_INVOICED


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


class PosSession(models.Model):
    _inherit = "pos.session"

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'point_of_sale': programmes are made by addons that we do not need
        sessions = super().create(vals_list)
        sessions.config_id._nu_mark_not_invoiced()
        return sessions


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


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _nu_is_apart(self):
        """Whether an invoiced product is a gift voucher or voluntary tip."""
        return (
            self.move_id.is_sale_document()
            and self.product_id.nu_billing == NOT_INVOICED
            and not any(tax.amount for tax in self.tax_ids._nu_flat())
        )
