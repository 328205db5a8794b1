from odoo import fields, models

PAYMENT_KINDS = [
    ("cash", "Cash"),
    ("card", "Card"),
    ("transfer", "Transfer or cheque"),
    ("credit", "Customer account"),
    ("voucher", "Gift voucher"),
    ("barter", "Barter"),
    ("other", "Other"),
]

#: Kind of a method by its type in Odoo; ``online`` comes with pos_online_payment, other
#: addons may bring more.
KIND_OF_TYPE = {
    "cash": "cash",
    "pay_later": "credit",
    "bank": "card",
    "online": "card",
}


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
        return KIND_OF_TYPE.get(self.type, "other")
