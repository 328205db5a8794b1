from odoo import http
from odoo.http import request

from ..schemas.operation import REGISTER
from ..schemas.payment_method import PaymentMethod, PaymentMethodsAnswer, RegisterQuery
from .gateway import operation


class PaymentController(http.Controller):
    @operation(
        "GET POST",
        "payments/methods",
        name="payments.methods",
        readonly=True,
        query=RegisterQuery,
        body=RegisterQuery,
        answer=PaymentMethodsAnswer,
        codes=REGISTER,
    )
    def methods(self, query=None, body=None):
        """Payment methods of a register"""
        config = request.env["pos.config"]._nu_pick((body or query).config_id)
        methods = [PaymentMethod.from_record(one) for one in config.payment_method_ids]
        return {"status": "ok", "config_id": config.id, "payment_methods": methods}
