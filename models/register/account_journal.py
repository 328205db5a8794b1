from odoo import api, fields, models
from odoo.exceptions import ValidationError

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

    nu_acquirer_percent = fields.Float(
        string="Withheld by the card acquirer (%)",
        digits=(5, 2),
        help="Norma 08-04, NG 06-2023: the acquirer keeps 2 % of the amount of each "
        "card transaction on account of ITBIS. The month suggests box 27 of Anexo A "
        "and compares it with what is booked. 0: nothing is withheld.",
    )
    nu_acquirer_account_id = fields.Many2one(
        "account.account",
        string="ITBIS withheld by the acquirer",
        check_company=True,
        domain="[('account_type', 'in', ('asset_current', 'asset_prepayments'))]",
        help="Where settlements of the acquirer book what it kept back; one for each "
        "acquirer.",
    )

    @api.constrains("nu_acquirer_percent", "nu_acquirer_account_id")
    def _check_nu_acquirer(self):
        for journal in self:
            if not 0 <= journal.nu_acquirer_percent <= 100:
                raise ValidationError(
                    self.env._("The acquirer withholds from 0 to 100 %.")
                )
            if journal.nu_acquirer_percent and not journal.nu_acquirer_account_id:
                raise ValidationError(
                    self.env._("Choose the account of what the acquirer withholds.")
                )
            if journal.nu_acquirer_account_id.nu_withheld:
                raise ValidationError(
                    self.env._(
                        "%s is for what customers withhold: the acquirer's is another "
                        "account, and another box of the IT-1.",
                        journal.nu_acquirer_account_id.display_name,
                    )
                )

    def _nu_form(self):
        """Column 23 of format 606 for what is paid here; None where nothing is."""
        return FORM_OF_KIND.get(self.nu_kind) or FORM_OF_JOURNAL.get(self.type)
