from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...fiscal import calendar, identity

INCOME_TYPES = [
    ("01", "01 Operations"),
    ("02", "02 Financial"),
    ("03", "03 Extraordinary"),
    ("04", "04 Leases"),
    ("05", "05 Sale of depreciable assets"),
    ("06", "06 Other"),
]


class AccountMove(models.Model):
    """Which comprobante an invoice is, and what that type asks of it."""

    _inherit = "account.move"

    nu_document_type_id = fields.Many2one(
        "l10n_latam.document.type",
        string="Fiscal type",
        compute="_compute_nu_document_type_id",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        index="btree_not_null",
        domain="[('id', 'in', nu_allowed_type_ids)]",
    )
    nu_allowed_type_ids = fields.Many2many(
        "l10n_latam.document.type",
        string="Possible fiscal types",
        compute="_compute_nu_allowed_type_ids",
    )
    nu_is_dominican = fields.Boolean(
        string="Under the rules of DGII", compute="_compute_nu_is_dominican"
    )
    nu_income_type = fields.Selection(
        INCOME_TYPES,
        string="Income type",
        default="01",
        help="Tipo de ingreso, column 5 of format 607.",
    )
    nu_warnings = fields.Text(compute="_compute_nu_warnings", string="Remarks")

    @api.depends("company_id", "move_type", "journal_id")
    def _compute_nu_is_dominican(self):
        for move in self:
            move.nu_is_dominican = move._nu_is_fiscal()

    # -- The type ------------------------------------------------------------------

    @api.depends(
        "partner_id",
        "move_type",
        "journal_id",
        "company_id",
        "nu_ncf_id",
        "nu_supplier_ncf",
        "nu_modified_ncf",
        "debit_origin_id",
    )
    def _compute_nu_document_type_id(self):
        for move in self:
            if move.nu_ncf_id:
                move.nu_document_type_id = move.nu_ncf_id.document_type_id
            elif not move._nu_is_fiscal():
                move.nu_document_type_id = False
            elif move.state == "draft":
                move.nu_document_type_id = move._nu_default_type()
            else:
                move.nu_document_type_id = move.nu_document_type_id

    def _nu_default_type(self):
        """The type an accountant would choose; empty for a bill without number."""
        Type = self.env["l10n_latam.document.type"]
        company = self.company_id
        if self.is_purchase_document() and not self._nu_modifies_own():
            return self._nu_purchase_type()
        if self._nu_is_note():
            code = "03" if self.debit_origin_id else "04"
            note = Type._nu_find(f"B{code}")
            electronic = (self.nu_modified_ncf or "").startswith("E")
            if electronic and not company._nu_ecf_cannot_issue():
                return note.nu_twin_id
            return note._nu_current(company)
        partner = self.partner_id.commercial_partner_id
        usual = self.partner_id.nu_document_type_id or partner.nu_document_type_id
        if not usual:
            usual = Type._nu_find("B01" if _is_tax_id(partner.vat) else "B02")
        return usual._nu_current(company)

    @api.depends("move_type", "nu_modified_ncf", "debit_origin_id", "journal_id")
    def _compute_nu_allowed_type_ids(self):
        types = self.env["l10n_latam.document.type"].search(
            [("country_id.code", "=", "DO"), ("nu_series", "!=", False)]
        )
        for move in self:
            move.nu_allowed_type_ids = types.filtered(move._nu_allows_type)

    def _nu_allows_type(self, document_type):
        """Whether a document of this kind can be of that type."""
        code = document_type.doc_code_prefix[1:]
        if self._nu_is_note():
            wanted = ("03", "33") if self.debit_origin_id else ("04", "34")
            if self.is_sale_document() or self._nu_modifies_own():
                return code in wanted
        if self.is_sale_document():
            return (
                document_type.nu_direction == "sale"
                and not document_type.nu_needs_reference
            )
        if self.move_type == "in_refund":
            return code in ("04", "34")
        return code not in ("04", "34", "12")

    def _nu_has_own_number(self):
        """Whether the number is ours: what we sell, and what the buyer issues (NG
        05-2019: purchases from the unregistered, minor expenses, payments abroad)."""
        self.ensure_one()
        if not self._nu_is_fiscal() or self.sudo().pos_order_ids:
            return False
        if self.is_sale_document() or self._nu_modifies_own():
            return True
        bought = self.nu_document_type_id.nu_direction == "purchase"
        return bought and not self.nu_supplier_ncf

    # -- What a type asks for --------------------------------------------------------

    def _nu_fiscal_date(self):
        return self.invoice_date or calendar.fiscal_day(fields.Datetime.now())

    def _nu_check_own_document(self):
        """All that would make the receipt invalid, before a number is taken.

        :raise UserError: in plain words
        """
        self.ensure_one()
        document_type = self.nu_document_type_id
        if not document_type:
            raise UserError(
                self.env._("%s: choose the fiscal type.", self.display_name)
            )
        if not self._nu_allows_type(document_type):
            raise UserError(
                self.env._(
                    "%(move)s cannot be a %(type)s.",
                    move=self.display_name,
                    type=document_type.display_name,
                )
            )
        if self._nu_fiscal_date() > calendar.fiscal_day(fields.Datetime.now()):
            raise UserError(
                self.env._(
                    "%s: a fiscal receipt is not dated in the future.",
                    self.display_name,
                )
            )
        self._nu_check_exempt()
        if self._nu_is_note():
            self._nu_check_note()
        else:
            self._nu_check_buyer(document_type.nu_buyer_rule, self._nu_total())
        document_type._nu_check_can_sign(self.company_id)

    def _nu_check_exempt(self):
        if self._nu_ruling_type().nu_is_exempt and self.nu_amount_itbis:
            raise UserError(
                self.env._(
                    "%(type)s bears no ITBIS: take it off the lines of %(move)s.",
                    type=self._nu_ruling_type().display_name,
                    move=self.display_name,
                )
            )

    def _nu_ruling_type(self):
        """The type whose rules hold: of a note that of its original."""
        if not self._nu_is_note():
            return self.nu_document_type_id
        return self._nu_origin().nu_document_type_id or self.nu_document_type_id

    def _nu_check_buyer(self, rule, total):
        partner = self.partner_id.commercial_partner_id
        problems = identity.buyer_problem(
            rule,
            Decimal(repr(total)),
            tax_id=partner.vat or None,
            foreign_id=partner.nu_foreign_id or None,
            name=partner.name or None,
            threshold=self.env["l10n_latam.document.type"]._nu_consumer_threshold(),
        )
        if problems:
            raise UserError(
                self.env._(
                    "%(partner)s needs a valid RNC or cédula and a name for a "
                    "%(type)s.",
                    partner=partner.display_name or self.env._("The customer"),
                    type=self.nu_document_type_id.display_name,
                )
            )

    @api.depends(
        "nu_document_type_id",
        "nu_supplier_ncf",
        "partner_id",
        "invoice_date",
        "nu_modified_date",
        "nu_expense_type",
        "nu_isr_type",
        "nu_service_detail",
        "nu_date_withheld",
        "invoice_line_ids.tax_ids",
        "state",
    )
    def _compute_nu_warnings(self):
        for move in self:
            fiscal = move._nu_is_fiscal()
            move.nu_warnings = fiscal and "\n".join(move._nu_remarks()) or False

    def _nu_remarks(self):
        """What is worth a look and stops nothing."""
        remarks = []
        partner = self.partner_id.commercial_partner_id
        if partner.vat and _is_tax_id(partner.vat):
            if not identity.check_tax_id(partner.vat).check_digit_ok:
                remarks.append(
                    self.env._(
                        "The check digit of %s is not the usual one.", partner.vat
                    )
                )
        if self.nu_is_late_note:
            remarks.append(
                self.env._(
                    "More than 30 days after the receipt: the price may be given back, "
                    "the ITBIS is not deducted (Código Tributario art. 338)."
                )
            )
        if self.is_purchase_document() and not self._nu_has_own_number():
            remarks += self._nu_purchase_remarks()
        remarks += self._nu_withholding_remarks()
        return remarks


def _is_tax_id(text):
    try:
        identity.check_tax_id(text or "")
    except identity.TaxIdError:
        return False
    return True
