from odoo import api, fields, models

from ...fiscal import identity
from ...fiscal.ecf.kinds import clean
from ...fiscal.reports.codes import EXPENSE_TYPES


class ResPartner(models.Model):
    _inherit = "res.partner"

    nu_document_type_id = fields.Many2one(
        "l10n_latam.document.type",
        string="Usual fiscal type",
        domain="[('country_id.code', '=', 'DO'), ('nu_direction', '=', 'sale'),"
        " ('nu_needs_reference', '=', False)]",
        help="Type of comprobante this customer asks for; used when a sale names none.",
    )
    nu_foreign_id = fields.Char(
        string="Foreign identification",
        size=20,
        help="Passport or other identification of a buyer without RNC or cédula.",
    )

    nu_purchase_type_id = fields.Many2one(
        "l10n_latam.document.type",
        string="Receipt of purchases",
        domain="[('country_id.code', '=', 'DO'), ('nu_direction', '=', 'purchase')]",
        help="Of a supplier that issues no NCF: the receipt that we issue (B11, B13, "
        "B17 or their E twins).",
    )
    nu_expense_type = fields.Selection(
        EXPENSE_TYPES,
        string="Usual expense type",
        help="Tipo de bienes y servicios of format 606 for bills of this supplier.",
    )

    def _nu_address(self):
        """The address in one line, as a document prints it (at most 100 characters)."""
        parts = (self.street, self.street2, self.city, self.state_id.name)
        return clean(", ".join(part for part in parts if part))[:100].strip() or None

    def _nu_buyer_values(self):
        """Values of the fields ``nu_buyer_*`` of a document to this buyer, or to
        nobody in particular. A receipt names the company, not its contact."""
        buyer = self.commercial_partner_id
        return {
            "nu_buyer_name": buyer.name or False,
            "nu_buyer_vat": buyer.vat or False,
            "nu_buyer_foreign_id": buyer.nu_foreign_id or False,
        }

    @api.depends("vat", "company_id")
    def _compute_same_vat_partner_id(self):
        # EXTENDS 'base'
        # Core compares what was typed: digits are stored, and typed with dashes.
        result = super()._compute_same_vat_partner_id()
        for partner in self.filtered(lambda one: one.vat and not one.parent_id):
            digits = identity.digits_of(partner.vat)
            if partner.same_vat_partner_id or digits == partner.vat:
                continue
            if len(digits) not in (9, 11):
                continue
            others = self.with_context(active_test=False).sudo()
            domain = [
                ("vat", "=", digits),
                ("id", "!=", partner._origin.id),
                ("parent_id", "=", False),
            ]
            if partner.company_id:
                domain.append(("company_id", "in", [False, partner.company_id.id]))
            partner.same_vat_partner_id = others.search(domain, limit=1)
        return result

    @api.model
    def _nu_identity_warnings(self, vat):
        """Check digits warn and never block: DGII has issued numbers that break the
        rule. ``[{"code", "path", "message"}]``"""
        if not vat:
            return []
        try:
            tax_id = identity.check_tax_id(vat)
        except identity.TaxIdError as error:
            return [{"code": error.code, "path": "partner_id", "message": str(error)}]
        if tax_id.check_digit_ok:
            return []
        return [
            {
                "code": "CHECK_DIGIT",
                "path": "partner_id",
                "message": f"The check digit of {vat} is not the usual one",
            }
        ]
