from odoo import api, fields, models
from odoo.tools import ormcache

TAX_KINDS = [
    ("itbis", "ITBIS"),
    ("tip", "Propina legal"),
    ("isc", "Selective tax (ISC)"),
    ("other", "Other taxes"),
    ("itbis_withheld", "ITBIS withheld"),
    ("isr_withheld", "ISR withheld"),
    ("none", "None"),
]
#: What the taxes of the Dominican chart are called, the first that fits.
KIND_WORDS = (
    ("propina", "tip"),
    ("isc", "isc"),
    ("selectiv", "isc"),
    ("cdt", "other"),
    ("itbis", "itbis"),
)


class AccountTax(models.Model):
    _name = "account.tax"
    _inherit = ["account.tax", "nu.pos.remembered", "nu.pos.audited"]

    nu_kind = fields.Selection(
        TAX_KINDS,
        string="Fiscal kind",
        compute="_compute_nu_kind",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="Which column of the formats of DGII this tax adds to.",
    )
    nu_is_tip = fields.Boolean(
        string="Propina legal",
        compute="_compute_nu_is_tip",
        inverse="_inverse_nu_is_tip",
        store=True,
        help="The 10 % legal tip (Código de Trabajo art. 228): not ITBIS, not income, "
        "only for what is consumed on the premises.",
    )
    nu_is_proportional = fields.Boolean(
        string="Subject to proportionality",
        help="ITBIS of purchases that serve taxed and exempt sales alike (Código "
        "Tributario art. 349).",
    )

    @api.depends("name", "amount", "amount_type", "tax_group_id")
    def _compute_nu_kind(self):
        for tax in self:
            tax.nu_kind = tax._nu_guess_kind()

    def _nu_guess_kind(self):
        """The kind that name, group and sign tell; an accountant may say otherwise."""
        if self.amount_type == "group":
            return "none"
        # the source language, so that a translation changes nothing
        words = self.with_context(lang="en_US")
        text = f"{words.name or ''} {words.tax_group_id.name or ''}".lower()
        if self.amount < 0:
            return "isr_withheld" if "isr" in text else "itbis_withheld"
        for word, kind in KIND_WORDS:
            if word in text:
                return kind
        return "other" if self.amount else "none"

    @api.depends("nu_kind")
    def _compute_nu_is_tip(self):
        for tax in self:
            tax.nu_is_tip = tax.nu_kind == "tip"

    def _inverse_nu_is_tip(self):
        for tax in self:
            if tax.nu_is_tip:
                tax.nu_kind = "tip"
            elif tax.nu_kind == "tip":
                tax.nu_kind = "other"

    @api.model
    @ormcache("tax_ids", "position_id", "company_id", "on_premises", "exempt")
    def _nu_final_ids(self, tax_ids, position_id, company_id, on_premises, exempt):
        """The taxes a line really bears, from those of its product.

        Mapped by the fiscal position; then the law: no legal tip off the premises
        (Código de Trabajo art. 228), no ITBIS on a document of special regimes.

        :param tax_ids: ids of the product's sale taxes, of any company
        :param position_id: ``account.fiscal.position`` or False; False maps nothing
        :return: tuple of ids
        """
        company = self.env["res.company"].browse(company_id)
        taxes = self.sudo().browse(tax_ids)._filter_taxes_by_company(company)
        position = self.env["account.fiscal.position"].sudo().browse(position_id or ())
        return position.map_tax(taxes)._nu_settled_ids(on_premises, exempt)

    def _nu_settled_ids(self, on_premises, exempt):
        taxes = self if on_premises else self._nu_without_tip()
        return tuple((taxes._nu_only_tip() if exempt else taxes).ids)

    def _nu_without_tip(self):
        """These taxes less the legal tip; a group that holds it gives way to its other
        members. For what is not consumed on the premises."""
        kept = self.browse()
        for tax in self:
            if tax.amount_type == "group" and any(
                child.nu_is_tip for child in tax.children_tax_ids
            ):
                kept |= tax.children_tax_ids.filtered(lambda child: not child.nu_is_tip)
            elif not tax.nu_is_tip:
                kept |= tax
        return kept

    def _nu_only_tip(self):
        """Of these taxes the legal tip and what charges nothing: a document of special
        regimes bears no ITBIS (NG 05-2019; Formato e-CF note 50)."""
        return self._nu_flat().filtered(lambda tax: tax.nu_is_tip or not tax.amount)

    def _nu_flat(self):
        """These taxes, with the members of a group in its place."""
        flat = self.browse()
        for tax in self:
            flat |= tax.children_tax_ids if tax.amount_type == "group" else tax
        return flat

    def _nu_isr_type(self):
        """Column 17 of format 606, as the name tells."""
        name = (self.name or "").lower()
        if "rent" in name or "alquiler" in name:
            return "01"
        return "02" if "fee" in name or "honorario" in name else "03"
