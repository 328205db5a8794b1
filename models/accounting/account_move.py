from odoo import api, fields, models
from odoo.exceptions import UserError

#: Our fields that people fill in; all others on an invoice are written by rules.
ENTERED = frozenset(
    (
        "nu_document_type_id",
        "nu_supplier_ncf",
        "nu_modified_ncf",
        "nu_modified_date",
        "nu_note_reason",
        "nu_income_type",
        "nu_expense_type",
        "nu_isr_type",
        "nu_payment_form",
        "nu_date_withheld",
    )
)
#: What an issued receipt says, which is corrected by a note only.
SEALED = frozenset(
    (
        "nu_document_type_id",
        "nu_modified_ncf",
        "nu_modified_date",
        "nu_buyer_name",
        "nu_buyer_vat",
        "nu_buyer_foreign_id",
        "nu_ncf_id",
        "company_id",
        "currency_id",
        "date",
        "fiscal_position_id",
        "invoice_date",
        "journal_id",
        "move_type",
        "partner_id",
    )
)


class AccountMove(models.Model):
    """Invoices and notes that carry a number of DGII, their own or the supplier's.

    What belongs to one concern is in a file of its own: ``account_move_document`` the
    type, ``account_move_note`` what a note modifies, ``account_move_ncf`` the number,
    ``account_move_purchase`` the bills, ``account_move_amounts`` the columns of the
    formats, ``account_move_withheld`` what was withheld,
    ``account_move_print`` the printed receipt.
    """

    _name = "account.move"
    _inherit = ["account.move", "nu.pos.guarded"]

    _nu_sealed_names = SEALED

    nu_ncf_id = fields.Many2one(
        "nu.pos.ncf",
        string="NCF record",
        readonly=True,
        copy=False,
    )
    nu_ncf = fields.Char(
        related="nu_ncf_id.name", string="NCF", store=True, index="btree_not_null"
    )

    _nu_ncf_uniq = models.UniqueIndex(
        "(nu_ncf_id) WHERE nu_ncf_id IS NOT NULL",
        "A fiscal number is on one invoice only.",
    )

    @api.model
    def _nu_check_writable(self, vals):
        # EXTENDS 'nu.pos.guarded'
        return super()._nu_check_writable(
            {name: vals[name] for name in vals if name not in ENTERED}
        )

    def _nu_is_fiscal(self):
        """Whether this is an invoice, bill or note under the rules of DGII."""
        self.ensure_one()
        return (
            self.is_invoice()
            and self.company_id.account_fiscal_country_id.code == "DO"
            and (not self.journal_id or self.journal_id.nu_is_fiscal)
        )

    def _nu_issued(self):
        """Those of ``self`` whose number a customer may hold."""
        return self.filtered(
            lambda move: move.state == "posted" and move.nu_ncf_id.state == "issued"
        )

    def _nu_sealed(self):
        # EXTENDS 'nu.pos.guarded'
        return self.sudo()._nu_issued().with_env(self.env)

    def write(self, vals):
        # EXTENDS 'account'
        # before core has begun to follow the change through the lines
        self._nu_check_sealed(vals)
        return super().write(vals)

    def _nu_check_sealed(self, vals):
        # EXTENDS 'nu.pos.guarded'
        if not self._nu_is_unsealed() and vals.get("state") in ("draft", "cancel"):
            for move in self._nu_issued():
                raise UserError(
                    self.env._(
                        "%s is issued: an issued receipt is corrected by a credit "
                        "note. If it was never delivered, annul its number.",
                        move.nu_ncf,
                    )
                )
        return super()._nu_check_sealed(vals)
