from odoo import fields, models

from ..accounting.account_move_buyer import BUYER
from ..evidence.nu_pos_guarded import OWN  # (a mixin is defined before its users)


class PosOrder(models.Model):
    """The buyer as he was when the number was issued.

    A contact is corrected, renamed or merged into another afterwards; the document he
    holds is not (Decreto 254-06 art. 8: name and RNC of the buyer are part of it).
    Empty where nobody was named: a consumer's receipt.
    """

    _inherit = "pos.order"

    nu_buyer_name = fields.Char(string="Buyer as sold", **OWN)
    nu_buyer_vat = fields.Char(string="RNC or cédula as sold", **OWN)
    nu_buyer_foreign_id = fields.Char(string="Foreign id as sold", **OWN)

    def _nu_buyer_values(self):
        """The buyer's values for a document that repeats or takes back this one."""
        self.ensure_one()
        return {name: self[name] for name in BUYER}

    def _nu_buyer_out(self):
        """The buyer as the API tells him; None for a consumer nobody named."""
        self.ensure_one()
        if not any(self[name] for name in BUYER):
            return None
        return {
            "name": self.nu_buyer_name or None,
            "rnc": self.nu_buyer_vat or None,
            "foreign_id": self.nu_buyer_foreign_id or None,
        }

    def _nu_buyer_now(self):
        """The buyer's values for the document that is about to be issued: a return
        names whom its sale named."""
        self.ensure_one()
        original = self.refunded_order_id if self.is_refund else self.browse()
        if original.nu_ncf_id:
            return original._nu_buyer_values()
        buyer = self.partner_id - self.config_id.nu_default_partner_id
        return buyer._nu_buyer_values()
