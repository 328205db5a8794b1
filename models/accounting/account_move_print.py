from decimal import Decimal

from odoo import models

from ...fiscal import identity, words
from ...fiscal.document_types import DOCUMENT_TYPES
from ..numbers.nu_pos_ncf import ORIGINAL

#: What money is called in words, singular and plural.
MONEY_WORDS = {
    "DOP": ("PESO", "PESOS"),
    "USD": ("DÓLAR", "DÓLARES"),
    "EUR": ("EURO", "EUROS"),
}


class AccountMove(models.Model):
    _inherit = "account.move"

    def _nu_printed(self):
        """What the printed receipt says beside Odoo's own invoice (Decreto 254-06
        art. 8); empty for an invoice without a number of DGII.

        :return: ``dict`` of texts, see the report
        """
        self.ensure_one()
        ncf = self._nu_printed_ncf()
        if not ncf:
            return {}
        document_type = ncf.document_type_id
        expiry = document_type.nu_expires and ncf.range_id.date_expiry
        buyer = self._nu_buyer_values()
        return {
            "title": DOCUMENT_TYPES[document_type.doc_code_prefix].title,
            "mark": self._nu_prints_copy() and "COPIA",
            "number": ncf.name,
            "number_label": "e-NCF" if document_type.nu_is_electronic else "NCF",
            "valid_until": expiry and f"{expiry:%d/%m/%Y}",
            "issuer_address": self.company_id.partner_id._nu_address(),
            "issuer_rnc": _formatted(self.company_id.vat),
            "buyer_rnc": _formatted(buyer["nu_buyer_vat"])
            or buyer["nu_buyer_foreign_id"],
            "buyer_name": buyer["nu_buyer_name"],
            "modified": self.nu_modified_ncf,
            "modified_date": self.nu_modified_date
            and f"{self.nu_modified_date:%d/%m/%Y}",
            "reason": self.nu_note_reason,
            "in_words": self._nu_in_words(),
            "qr": False,
            "security_code": False,
            "signed_on": False,
        }

    def _nu_printed_ncf(self):
        """The number (sudo) that the printed invoice bears; empty for none."""
        self.ensure_one()
        ncf = self.sudo().nu_ncf_id
        return ncf if self.state == "posted" else ncf.browse()

    def _nu_prints_copy(self):
        """Whether a print says COPIA: each after the first of a number, ticket or
        invoice. What Odoo stores with the invoice and sends is the document itself."""
        ncf = self._nu_printed_ncf()
        if not ncf or self.env.context.get("nu_copy") is ORIGINAL:
            return False
        return ncf._was_printed()

    def _nu_in_words(self):
        one, many = MONEY_WORDS.get(self.currency_id.name, (self.currency_id.name,) * 2)
        return words.in_words(Decimal(repr(self.amount_total)), one, many)


def _formatted(vat):
    try:
        return identity.format_tax_id(vat or "")
    except identity.TaxIdError:
        return vat or False
