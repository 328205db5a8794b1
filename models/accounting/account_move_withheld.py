from odoo import api, fields, models

from .account_move_amounts import OF_KIND, WITHHELD

#: Whose customers may withhold: by the side of the entry that settles them.
SOLD = ("out_invoice", "out_refund")
OWED = ("asset_receivable", "liability_payable")


class AccountMove(models.Model):
    """What was withheld of an invoice or bill, and when.

    ITBIS and ISR are withheld when something is paid (NG 02-05, NG 07-2018: columns 7,
    10 and 12 of format 607, and 7, 12 and 18 of 606), of each payment its part. A tax
    of the receipt itself is withheld in the proportion that is paid; what the entry of
    a payment books is withheld by that entry. The receipt has the sums and the last
    day, for people; each month's part comes from ``WithheldInMonth`` of
    the reports, by these rules.
    """

    _inherit = "account.move"

    nu_date_withheld = fields.Date(
        string="Withheld on",
        compute="_compute_nu_date_withheld",
        inverse="_inverse_nu_date_withheld",
        store=True,
        readonly=False,
        copy=False,
        index="btree_not_null",
        help="Last day on which ITBIS or ISR was withheld: column 7 of formats 606 and "
        "607, which tell each month what its payments withheld. A day that is given "
        "here counts for all that the taxes of the receipt withhold.",
    )
    nu_withheld_given = fields.Boolean(
        string="Day of withholding given", readonly=True, copy=False
    )

    # few of all: the reports of a month look through no others
    _nu_withheld = models.Index(
        "(company_id) "
        "WHERE nu_amount_itbis_withheld <> 0 OR nu_amount_isr_withheld <> 0"
    )

    @api.depends(
        "state",
        "payment_state",
        "amount_residual",
        "nu_amount_itbis_withheld",
        "nu_amount_isr_withheld",
        "nu_withheld_given",
    )
    def _compute_nu_date_withheld(self):
        for move in self:
            if move.nu_withheld_given or not move.id:
                # a person's word, also where it is not saved yet
                move.nu_date_withheld = move.nu_date_withheld
            else:
                move.nu_date_withheld = max(move._nu_days_withheld(), default=False)

    def _inverse_nu_date_withheld(self):
        for move in self:
            # written by this rule, whoever gives the day
            move.sudo().nu_withheld_given = bool(move.nu_date_withheld)
            if not move.nu_date_withheld:
                self.env.add_to_compute(self._fields["nu_date_withheld"], move)

    def _nu_days_withheld(self):
        """Days on which tax was withheld of this receipt."""
        if not self._nu_is_fiscal() or not (
            self.nu_amount_itbis_withheld or self.nu_amount_isr_withheld
        ):
            return []
        by_tax = any(line.tax_line_id.nu_kind in WITHHELD for line in self.line_ids)
        return [
            partial.max_date
            for partial, line in self._nu_settled()
            if by_tax or self._nu_held(partial, line)
        ]

    def _nu_settled(self):
        """``[(partial, line)]`` of the entries that settle this receipt. A note that is
        set off against it pays nothing, and what it withholds is its own."""
        if self.state != "posted":
            return []
        owed = self.line_ids.filtered(lambda line: line.account_id.account_type in OWED)
        settled = [
            *((partial, partial.credit_move_id) for partial in owed.matched_credit_ids),
            *((partial, partial.debit_move_id) for partial in owed.matched_debit_ids),
        ]
        return [
            (partial, line)
            for partial, line in settled
            if line.move_id.move_type == "entry"
        ]

    def _nu_held(self, partial, line):
        """``{kind: pesos}`` that the entry of ``line`` books as withheld by the
        customer, for the part it settles here. The parts of an entry add up to what it
        books, to the cent."""
        accounts = self.env["account.account"]._nu_withheld_accounts()
        entry = line.move_id
        held = entry.line_ids.filtered(lambda each: each.account_id.id in accounts)
        if not held or self.move_type not in SOLD:
            return {}
        sign = 1 if self.move_type == "out_invoice" else -1
        theirs = entry._nu_receivable()
        paid = -sign * sum(theirs.mapped("balance"))
        if not paid:
            return {}
        others = theirs.matched_debit_ids if sign > 0 else theirs.matched_credit_ids
        before = sum(
            other.amount for other in others if other._origin.id < partial._origin.id
        )
        round_ = self.company_currency_id.round
        sums = {}
        for each in held:
            kind = accounts[each.account_id.id]
            sums[kind] = sums.get(kind, 0.0) + sign * each.balance
        return {
            kind: round_(value * (before + partial.amount) / paid)
            - round_(value * before / paid)
            for kind, value in sums.items()
        }

    def _nu_receivable(self):
        return self.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )

    def _nu_withheld_by_customer(self):
        """``{kind: pesos}`` that entries which settle this receipt book as withheld, by
        its share of what they settle."""
        sums = {}
        if self.move_type in SOLD:
            for partial, line in self._nu_settled():
                for kind, value in self._nu_held(partial, line).items():
                    sums[kind] = sums.get(kind, 0.0) + value
        return sums

    def _nu_withheld_anew(self):
        """Reckon again what was withheld of these receipts, and when."""
        for name in WITHHELD:
            self.env.add_to_compute(self._fields[OF_KIND[name]], self)
        self.env.add_to_compute(self._fields["nu_date_withheld"], self)
