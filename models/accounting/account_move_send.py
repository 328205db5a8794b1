from odoo import models

from ..numbers.nu_pos_ncf import ORIGINAL


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    def _prepare_invoice_pdf_report(self, invoices_data):
        # EXTENDS 'account': the file that is stored serves the customer for good
        return super(
            AccountMoveSend, self.with_context(nu_copy=ORIGINAL)
        )._prepare_invoice_pdf_report(invoices_data)
