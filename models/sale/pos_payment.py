from odoo import api, fields, models

from ..register.pos_payment_method import PAYMENT_KINDS

#: In the context of a sale that is paid by a method its register had when it was made;
#: an object, nobody can send it.
PAST_METHODS = object()


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
            "nu_client_id",
            "nu_kind",
            "nu_metadata",
            "payment_date",
            "payment_method_id",
            "pos_order_id",
            "session_id",
            "uuid",
        )
    )

    nu_client_id = fields.Char(
        string="Terminal's payment id", readonly=True, copy=False
    )
    nu_metadata = fields.Json(readonly=True, copy=False)
    # Made with the row and never again: what the method is called later is another
    # matter. Rows of before this field have none, see _nu_form.
    nu_kind = fields.Selection(
        PAYMENT_KINDS,
        string="Kind when paid",
        compute="_compute_nu_kind",
        store=True,
        precompute=True,
    )

    @api.depends("payment_method_id")
    def _compute_nu_kind(self):
        for payment in self:
            method = payment.payment_method_id
            payment.nu_kind = method._nu_api_type() if method else False

    def _nu_form(self):
        """How it was paid, as the API and DGII call it: a fact of the sale."""
        self.ensure_one()
        return self.nu_kind or self.payment_method_id._nu_api_type()

    @api.constrains("payment_method_id")
    def _check_payment_method_id(self):
        # EXTENDS 'point_of_sale'
        # What a guest paid with is a fact, also after the register lost the method.
        if self.env.context.get("nu_past_methods") is PAST_METHODS:
            return None
        return super()._check_payment_method_id()
