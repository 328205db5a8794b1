from odoo import api, models


class AccountPartialReconcile(models.Model):
    """A payment that books what the customer withheld tells the invoice of it."""

    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'account'
        partials = super().create(vals_list)
        partials._nu_withholding_invoices()._nu_withheld_anew()
        return partials

    def unlink(self):
        # EXTENDS 'account'
        invoices = self._nu_withholding_invoices()
        result = super().unlink()
        invoices._nu_withheld_anew()
        return result

    def _nu_withholding_invoices(self):
        """Customer invoices that an entry with something withheld pays here."""
        invoices = self.env["account.move"]
        accounts = self.env["account.account"]._nu_withheld_accounts()
        for partial in self if accounts else ():
            invoice = partial.debit_move_id.move_id
            payment = partial.credit_move_id.move_id
            if invoice.move_type == "out_invoice" and any(
                line.account_id.id in accounts for line in payment.line_ids
            ):
                invoices |= invoice
        return invoices
