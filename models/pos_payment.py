from odoo import models

from . import nu_pos_guarded  # noqa: F401  (a mixin is defined before its users)


class PosPayment(models.Model):
    """Payments of a numbered sale stay as they were made; what the payment terminal
    and the books note on them afterwards is not part of the sale."""

    _name = "pos.payment"
    _inherit = ["pos.payment", "nu.pos.guarded"]

    _nu_document_name = "pos_order_id"
    _nu_sealed_names = frozenset(
        (
            "amount",
            "company_id",
            "employee_id",
            "is_change",
            "payment_date",
            "payment_method_id",
            "pos_order_id",
            "session_id",
            "uuid",
        )
    )
