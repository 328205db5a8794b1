from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...fiscal import calendar, identity, ncf, series, withholding
from ...fiscal.reports.codes import EXPENSE_TYPES
from .account_move_amounts import WITHHELD

#: Parameter: last day of receipts of series B of suppliers.
SUPPLIER_SERIES_B_UNTIL = "nu_pos.supplier_series_b_until"
ISR_TYPES = [
    ("01", "01 Leases"),
    ("02", "02 Fees for services"),
    ("03", "03 Other income"),
    ("04", "04 Other income (presumed)"),
    ("05", "05 Interest paid to resident companies"),
    ("06", "06 Interest paid to resident persons"),
    ("07", "07 Withheld by suppliers of the State"),
    ("08", "08 Telephone games"),
    ("09", "09 Cattle farming"),
]
PAYMENT_FORMS = [
    ("01", "01 Cash"),
    ("02", "02 Cheque, transfer or deposit"),
    ("03", "03 Credit or debit card"),
    ("04", "04 On credit"),
    ("05", "05 Barter"),
    ("06", "06 Credit note"),
    ("07", "07 Mixed"),
]
#: Receipts a supplier may give for a bill, and for its credit note.
BILLS = ("01", "02", "03", "14", "15", "31", "32", "33", "44", "45")
CREDIT_NOTES = ("04", "34")
DEBIT_NOTES = ("03", "33")
CONSUMER = ("02", "12", "32")
ABROAD = ("17", "47")
EXPENSE_OF_ACCOUNT = {
    "asset_fixed": "10",
    "asset_non_current": "10",
    "asset_current": "09",
    "expense_direct_cost": "09",
    "expense_depreciation": "04",
}


class AccountMove(models.Model):
    """Bills: the supplier's number, and what format 606 asks of a purchase.

    NG 07-2018 as modified by NG 10-2018 and 05-2019.
    """

    _inherit = "account.move"

    nu_supplier_ncf = fields.Char(
        string="Supplier's NCF",
        size=19,
        copy=False,
        index="btree_not_null",
        help="Number of the supplier's receipt. Empty where we issue the receipt "
        "ourselves, or where there is none.",
    )
    nu_expense_type = fields.Selection(
        EXPENSE_TYPES,
        string="Expense type",
        compute="_compute_nu_expense_type",
        store=True,
        readonly=False,
        help="Tipo de bienes y servicios comprados, column 3 of format 606.",
    )
    nu_isr_type = fields.Selection(
        ISR_TYPES,
        string="ISR withheld as",
        compute="_compute_nu_isr_type",
        store=True,
        readonly=False,
        help="Column 17 of format 606.",
    )
    nu_payment_form = fields.Selection(
        PAYMENT_FORMS,
        string="Form of payment",
        compute="_compute_nu_payment",
        store=True,
        readonly=False,
        copy=False,
        help="Column 23 of format 606.",
    )

    _nu_supplier_ncf_uniq = models.UniqueIndex(
        "(company_id, commercial_partner_id, nu_supplier_ncf)"
        " WHERE nu_supplier_ncf IS NOT NULL AND state = 'posted'",
        "This receipt of the supplier is booked already.",
    )

    # -- Defaults of format 606 ------------------------------------------------------

    @api.depends("partner_id", "move_type", "invoice_line_ids.account_id")
    def _compute_nu_expense_type(self):
        for move in self:
            if not move.is_purchase_document() or not move._nu_is_fiscal():
                move.nu_expense_type = False
                continue
            partner = move.partner_id
            usual = (
                partner.nu_expense_type or partner.commercial_partner_id.nu_expense_type
            )
            lines = move.invoice_line_ids.filtered(
                lambda line: line.display_type == "product"
            )
            largest = max(lines, key=lambda line: abs(line.balance), default=lines)
            move.nu_expense_type = (
                usual
                or EXPENSE_OF_ACCOUNT.get(largest.account_id.account_type)
                or (largest and "02")
                or move.nu_expense_type
            )

    @api.depends("nu_amount_isr_withheld", "line_ids.tax_line_id")
    def _compute_nu_isr_type(self):
        for move in self:
            if not move.nu_amount_isr_withheld or not move.is_purchase_document():
                move.nu_isr_type = False
            elif not move.nu_isr_type:
                taxes = move.line_ids.tax_line_id.with_context(lang="en_US").filtered(
                    lambda tax: tax.nu_kind == "isr_withheld"
                )
                move.nu_isr_type = taxes[:1]._nu_isr_type()
            else:
                move.nu_isr_type = move.nu_isr_type

    @api.depends("state", "payment_state", "amount_residual", "invoice_date")
    def _compute_nu_payment(self):
        for move in self:
            form = False
            if move.is_purchase_document() and move._nu_is_fiscal():
                form = move._nu_form(move._nu_payments())
            # a barter is known to the accountant only
            barter = move.nu_payment_form == "05"
            move.nu_payment_form = "05" if barter else form

    def _nu_payments(self):
        """The entries that paid this invoice, in journals of money."""
        if not self.id or self.state != "posted":
            return self.browse()
        return self._get_reconciled_amls().move_id.filtered(
            lambda entry: entry.journal_id._nu_form()
        )

    def _nu_form(self, paid):
        if self.move_type == "in_refund":
            return "06"
        forms = {entry.journal_id._nu_form() for entry in paid}
        if not forms:
            return "04"
        return "07" if len(forms) > 1 else forms.pop()

    # -- The supplier's number ---------------------------------------------------------

    def _nu_purchase_type(self):
        """Type of the supplier's number; of our own where the supplier has none."""
        Type = self.env["l10n_latam.document.type"]
        if self.nu_supplier_ncf:
            try:
                number = ncf.parse_reference(self.nu_supplier_ncf.strip())
            except ncf.NcfError:
                return Type
            return Type._nu_find(number.document_type.prefix)
        partner = self.partner_id
        usual = (
            partner.nu_purchase_type_id
            or partner.commercial_partner_id.nu_purchase_type_id
        )
        if self.move_type == "in_invoice" and not self.debit_origin_id:
            return usual._nu_current(self.company_id)
        return Type

    @api.onchange("nu_supplier_ncf")
    def _onchange_nu_supplier_ncf(self):
        if self.nu_supplier_ncf:
            self.nu_supplier_ncf = self.nu_supplier_ncf.strip().upper()

    def _nu_check_bills(self):
        """Bills of suppliers, before they are posted.

        :raise UserError: in plain words
        """
        for move in self:
            if move.nu_supplier_ncf and move.is_purchase_document():
                if move._nu_is_fiscal():
                    move._nu_check_supplier_ncf()

    def _nu_check_supplier_ncf(self):
        try:
            number = ncf.parse_reference(self.nu_supplier_ncf)
        except ncf.NcfError as error:
            raise UserError(
                self.env._(
                    "%s is not an NCF: B and 10 digits, or E and 12 digits.",
                    self.nu_supplier_ncf,
                )
            ) from error
        if number.text != self.nu_supplier_ncf:
            self.nu_supplier_ncf = number.text
        code = number.document_type.code
        self.nu_document_type_id = self._nu_purchase_type()
        allowed = CREDIT_NOTES if self.move_type == "in_refund" else BILLS
        if code not in allowed:
            raise UserError(
                self.env._(
                    "%(ncf)s is a %(type)s: no receipt of a supplier for this bill.",
                    ncf=number.text,
                    type=self.env["l10n_latam.document.type"]
                    ._nu_find(number.document_type.prefix)
                    .display_name,
                )
            )
        if not self.invoice_date:
            return  # core asks for it
        if self.invoice_date > calendar.fiscal_day(fields.Datetime.now()):
            raise UserError(
                self.env._("%s is dated in the future.", self.nu_supplier_ncf)
            )
        self._nu_check_supplier()
        if code in CREDIT_NOTES + DEBIT_NOTES:
            self._nu_check_modified()
        if self.move_type == "in_refund" and self.reversed_entry_id:
            self._nu_check_not_more(self.reversed_entry_id)
        self._nu_check_twice()

    def _nu_check_supplier(self):
        vat = self.commercial_partner_id.vat
        try:
            identity.check_tax_id(vat or "")
        except identity.TaxIdError as error:
            raise UserError(
                self.env._(
                    "%(partner)s needs an RNC (9 digits) or cédula (11 digits) to book "
                    "%(ncf)s.",
                    partner=self.commercial_partner_id.display_name,
                    ncf=self.nu_supplier_ncf,
                )
            ) from error

    def _nu_check_twice(self):
        """Two bills for one receipt; a race is ended by the unique index."""
        twin = self.sudo().search(
            [
                ("company_id", "=", self.company_id.id),
                ("commercial_partner_id", "=", self.commercial_partner_id.id),
                ("nu_supplier_ncf", "=", self.nu_supplier_ncf),
                ("state", "=", "posted"),
                ("id", "!=", self.id),
            ],
            limit=1,
        )
        if twin:
            raise ValidationError(
                self.env._(
                    "%(ncf)s of %(partner)s is booked already, in %(move)s.",
                    ncf=self.nu_supplier_ncf,
                    partner=self.commercial_partner_id.display_name,
                    move=twin.display_name,
                )
            )

    @api.model
    def _nu_supplier_series_b_until(self):
        """Last day (Santo Domingo) of a supplier's series B outside its contingencies
        (Ley 32-23 art. 37)."""
        get = self.env["ir.config_parameter"].sudo().get_param
        return fields.Date.to_date(get(SUPPLIER_SERIES_B_UNTIL)) or series.LAST_DAY

    def _nu_purchase_remarks(self):
        """What is worth a look on a bill with a supplier's number, or with none."""
        number = (self.nu_supplier_ncf or "").strip()
        if not number:
            return [
                self.env._(
                    "Without NCF the purchase is not in format 606 and gives no "
                    "deduction."
                )
            ]
        try:
            document_type = ncf.parse_reference(number).document_type
        except ncf.NcfError:
            return [
                self.env._(
                    "%s is not an NCF: B and 10 digits, or E and 12 digits.", number
                )
            ]
        remarks = []
        if document_type.code in CONSUMER:
            remarks.append(
                self.env._(
                    "A consumer receipt gives no deduction: ask for one with fiscal "
                    "credit."
                )
            )
        day = self._nu_fiscal_date()
        if ncf.is_out_of_use(number, day):
            remarks.append(
                self.env._(
                    "Numbers of 19 positions ended on 30-04-2018: format 606 refuses "
                    "%s on a receipt of today.",
                    number,
                )
            )
        until = self._nu_supplier_series_b_until()
        if number.upper().startswith("B") and day > until:
            remarks.append(
                self.env._(
                    "After %s every issuer is electronic (Ley 32-23 art. 37): a "
                    "receipt of series B is good in a contingency of the supplier "
                    "only.",
                    until,
                )
            )
        if self._nu_is_own_rnc():
            remarks.append(
                self.env._(
                    "%s is the company's own RNC: write the supplier's.",
                    self.commercial_partner_id.vat,
                )
            )
        partner = self.partner_id
        usual = partner.nu_expense_type or partner.commercial_partner_id.nu_expense_type
        if self.nu_expense_type and not usual:
            remarks.append(
                self.env._(
                    "Expense type %s is told from the account: look at it, or keep the "
                    "usual one on the supplier.",
                    dict(EXPENSE_TYPES)[self.nu_expense_type],
                )
            )
        return remarks

    def _nu_is_own_rnc(self):
        """Whether the supplier has the company's own RNC."""
        own = identity.digits_of(self.company_id.sudo().vat)
        return bool(own) and identity.digits_of(self.commercial_partner_id.vat) == own

    # -- What the norms of 2026 changed ------------------------------------------------

    def _nu_withheld_of_supplier(self):
        """``fiscal.withholding.Withheld`` of this bill; None where nothing is."""
        self.ensure_one()
        taxes = self.invoice_line_ids.tax_ids.with_context(lang="en_US")._nu_flat()
        taxes = taxes.filtered(lambda tax: tax.nu_kind in WITHHELD)
        if not taxes or not self.is_purchase_document():
            return None
        rates = {
            kind: [
                (tax, abs(Decimal(repr(tax.amount))))
                for tax in taxes
                if tax.nu_kind == kind
            ]
            for kind in WITHHELD
        }
        said = self.nu_isr_type if len(rates["isr_withheld"]) == 1 else None
        prefix = self.nu_document_type_id.doc_code_prefix or ""
        return withholding.Withheld(
            day=self.nu_date_withheld or self._nu_fiscal_date(),
            supplier=identity.digits_of(self.commercial_partner_id.vat),
            electronic=(self.nu_supplier_ncf or "").strip().upper().startswith("E"),
            itbis=tuple(rate for _tax, rate in rates["itbis_withheld"]),
            isr=tuple(
                (said or tax._nu_isr_type(), rate)
                for tax, rate in rates["isr_withheld"]
            ),
            abroad=prefix[1:] in ABROAD,
            detail=self.nu_service_detail or None,
        )

    def _nu_withholding_notices(self):
        """``fiscal.withholding.Notice`` of this bill."""
        withheld = self._nu_withheld_of_supplier()
        return withholding.notices(withheld) if withheld else []

    def _nu_withholding_remarks(self):
        words = {
            "WITHHELD_30": self.env._(
                "%(norm)s: 30 %% of the ITBIS is not withheld of a company that is an "
                "authorised electronic issuer and gives an e-CF. Confirm it with your "
                "accountant."
            ),
            "ISR_15": self.env._(
                "%(norm)s: since 01-07-2026 rents and fees of persons bear 15 %%, not "
                "10 %%. Confirm it with your accountant."
            ),
            "ISR_3": self.env._(
                "%(norm)s: since 01-07-2026 technical services of persons bear 3 %%, "
                "not 2 %%. Confirm it with your accountant."
            ),
            "ISR_ABROAD": self.env._(
                "%(norm)s: since 01-07-2026 software, cloud services, online "
                "advertising and royalties paid abroad bear 15 %%, not 27 %%. Confirm "
                "it with your accountant."
            ),
        }
        return [
            words[notice.code] % {"norm": notice.norm}
            for notice in self._nu_withholding_notices()
        ]
