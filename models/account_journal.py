from odoo import fields, models


class AccountJournal(models.Model):
    _inherit = "account.journal"

    nu_is_fiscal = fields.Boolean(
        string="Fiscal receipts",
        default=True,
        help="Invoices of this journal carry a comprobante fiscal. Off for what is "
        "none: opening balances, corrections between companies.",
    )
