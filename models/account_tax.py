from odoo import fields, models


class AccountTax(models.Model):
    _inherit = "account.tax"

    nu_is_tip = fields.Boolean(
        string="Propina legal",
        help="The 10 % legal tip (Código de Trabajo art. 228): not ITBIS, not income, "
        "only for what is consumed on the premises.",
    )

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
        flat = self.browse()
        for tax in self:
            flat |= tax.children_tax_ids if tax.amount_type == "group" else tax
        return flat.filtered(lambda tax: tax.nu_is_tip or not tax.amount)
