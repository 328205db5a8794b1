from odoo import fields, models

from . import nu_pos_audit_mixin  # noqa: F401  (a mixin is defined before its users)

PAYMENT_KINDS = [
    ("cash", "Cash"),
    ("card", "Card"),
    ("transfer", "Transfer or cheque"),
    ("credit", "Customer account"),
    ("voucher", "Gift voucher"),
    ("barter", "Barter"),
    ("other", "Other"),
]


class PosPaymentMethod(models.Model):
    _name = "pos.payment.method"
    _inherit = ["pos.payment.method", "nu.pos.audited"]

    nu_kind = fields.Selection(
        PAYMENT_KINDS,
        string="Kind for the API and DGII",
        help="What terminals call the method and how reports to DGII count it. Empty: "
        "told from the journal.",
    )
    nu_code = fields.Char(
        string="API code", help="Name by which hubs may refer to the method."
    )

    def _nu_api_type(self):
        """``cash``, ``card``, ``transfer``, ``credit``, ``voucher``, ``barter`` or
        ``other``."""
        self.ensure_one()
        if self.nu_kind:
            return self.nu_kind
        return {"cash": "cash", "pay_later": "credit", "bank": "card"}[self.type]

    def _nu_out(self):
        return [
            {"id": method.id, "name": method.name, "type": method._nu_api_type()}
            for method in self
        ]
