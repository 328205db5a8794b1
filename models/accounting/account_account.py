from odoo import api, fields, models
from odoo.tools import ormcache

WITHHELD_BY_CUSTOMERS = [
    ("itbis_withheld", "ITBIS withheld by customers"),
    ("isr_withheld", "ISR withheld by customers"),
]
#: Accounts of the Dominican chart that hold what customers withheld: ITBIS (Normas
#: 08-04 and 02-05), and the 5 % of income tax of the State.
CODES = {"11080301": "itbis_withheld", "11080302": "isr_withheld"}


class AccountAccount(models.Model):
    """Where an accountant books what a customer kept back of a payment."""

    _name = "account.account"
    _inherit = ["account.account", "nu.pos.remembered", "nu.pos.audited"]

    nu_withheld = fields.Selection(
        WITHHELD_BY_CUSTOMERS,
        string="Withheld by customers",
        compute="_compute_nu_withheld",
        store=True,
        readonly=False,
        help="What the payment of an invoice books here was withheld by the customer: "
        "columns 10 and 12 of format 607.",
    )

    @api.depends("company_ids", "code")
    def _compute_nu_withheld(self):
        for account in self:
            code = account.with_company(account.sudo().company_ids[:1]).code
            account.nu_withheld = CODES.get(code or "") or account.nu_withheld

    @api.model
    @ormcache()
    def _nu_withheld_accounts(self):
        """``{account id: what is withheld}`` of all companies."""
        marked = self.sudo().search_fetch(
            [("nu_withheld", "!=", False)], ["nu_withheld"]
        )
        return {account.id: account.nu_withheld for account in marked}
