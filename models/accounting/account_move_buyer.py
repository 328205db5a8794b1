from odoo import api, fields, models

#: The buyer as a document names him, on orders and on invoices.
BUYER = ("nu_buyer_name", "nu_buyer_vat", "nu_buyer_foreign_id")


class AccountMove(models.Model):
    """The customer as he was when the number of an invoice or note was issued, see
    the same fields of ``pos.order``."""

    _inherit = "account.move"

    nu_buyer_name = fields.Char(string="Buyer as sold", readonly=True, copy=False)
    nu_buyer_vat = fields.Char(
        string="RNC or cédula as sold", readonly=True, copy=False
    )
    nu_buyer_foreign_id = fields.Char(
        string="Foreign id as sold", readonly=True, copy=False
    )

    @api.depends("partner_id", "invoice_source_email", "partner_id.display_name")
    def _compute_invoice_partner_display_info(self):
        # EXTENDS 'account'
        # Lists of invoices show whom they were issued to.
        named = self._nu_issued().filtered("invoice_partner_display_name")
        return super(AccountMove, self - named)._compute_invoice_partner_display_info()

    def _nu_buyer_values(self):
        """The buyer as this document names him; of what we buy, who sells to us."""
        self.ensure_one()
        if self.is_sale_document():
            return {name: self[name] for name in BUYER}
        return self.partner_id._nu_buyer_values()

    def _nu_buyer_now(self):
        """The buyer's values for the document that is about to be issued. Of what we
        buy (types 11, 13, 41, 43, 47) there is no buyer but ourselves."""
        self.ensure_one()
        if not self.is_sale_document():
            return {}
        origin = self.reversed_entry_id or self.debit_origin_id
        if origin.nu_ncf_id:
            return origin._nu_buyer_values()
        return self.partner_id._nu_buyer_values()
