from odoo import fields, models

from . import nu_pos_audit_mixin  # noqa: F401  (a mixin is defined before its users)
from .pos_payment_method import PAYMENT_KINDS

#: Column 23 of format 606 by the type of a journal, and by the kind somebody gave it.
FORM_OF_JOURNAL = {"cash": "01", "bank": "02", "credit": "03"}
FORM_OF_KIND = {"cash": "01", "transfer": "02", "card": "03", "barter": "05"}


class AccountJournal(models.Model):
    _name = "account.journal"
    _inherit = ["account.journal", "nu.pos.audited"]

    nu_is_fiscal = fields.Boolean(
        string="Fiscal receipts",
        default=True,
        help="Invoices of this journal carry a comprobante fiscal. Off for what is "
        "none: opening balances, corrections between companies.",
    )
    nu_kind = fields.Selection(
        PAYMENT_KINDS,
        string="Form of payment for DGII",
        help="How formats 606 and 607 count what is paid in this journal. Empty: told "
        "from its type; a journal of entries by hand then pays nothing.",
    )

    def _nu_form(self):
        """Column 23 of format 606 for what is paid here; None where nothing is."""
        return FORM_OF_KIND.get(self.nu_kind) or FORM_OF_JOURNAL.get(self.type)
