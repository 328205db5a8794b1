from odoo import api, models

from .account_move_withheld import SOLD


class AccountPartialReconcile(models.Model):
    """A payment that books what the customer withheld tells the receipt of it."""

    _inherit = "account.partial.reconcile"

    # what was paid in a month is asked by the reports to DGII
    _nu_day = models.Index("(max_date)")

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'account'
        partials = super().create(vals_list)
        partials._nu_withholding_receipts()._nu_withheld_anew()
        return partials

    def unlink(self):
        # EXTENDS 'account'
        receipts = self._nu_withholding_receipts()
        result = super().unlink()
        receipts._nu_withheld_anew()
        return result

    def _nu_withholding_receipts(self):
        """Invoices and notes of customers that an entry with something withheld
        settles here; with the others it settles, which share its cents."""
        receipts = self.env["account.move"]
        accounts = self.env["account.account"]._nu_withheld_accounts()
        for partial in self if accounts else ():
            debit, credit = (
                partial.debit_move_id.move_id,
                partial.credit_move_id.move_id,
            )
            for receipt, entry in ((debit, credit), (credit, debit)):
                if (
                    receipt.move_type in SOLD
                    and entry.move_type == "entry"
                    and any(line.account_id.id in accounts for line in entry.line_ids)
                ):
                    theirs = entry._nu_receivable()
                    receipts |= receipt
                    receipts |= theirs.matched_debit_ids.debit_move_id.move_id
                    receipts |= theirs.matched_credit_ids.credit_move_id.move_id
        return receipts.filtered(lambda move: move.move_type in SOLD)
