"""What is sold and is no income of the house: gift vouchers and voluntary tips."""

from odoo import fields, models

NOT_INVOICED = "none"
BILLINGS = [
    ("invoice", "Part of the invoice"),
    (NOT_INVOICED, "Not invoiced: gift voucher, deposit, voluntary tip"),
]


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
