from odoo import http
from odoo.http import request

from ..schemas.customer import CreditCheck, CreditCheckAnswer, RncAnswer, RncCheck
from ..schemas.operation import REGISTER
from .gateway import operation


class CustomerController(http.Controller):
    @operation(
        "POST",
        "customers/credit-check",
        name="customers.credit_check",
        permission="customers_view",
        readonly=True,
        body=CreditCheck,
        answer=CreditCheckAnswer,
        codes=(*REGISTER, "AMBIGUOUS_REFERENCE"),
    )
    def credit_check(self, body):
        """May this customer buy for so much on credit"""
        return request.env["res.partner"]._nu_credit_check(body)

    @operation(
        "POST",
        "customers/validate-rnc",
        name="customers.validate_rnc",
        permission="customers_edit",
        readonly=True,
        body=RncCheck,
        answer=RncAnswer,
    )
    def validate_rnc(self, body):
        """Whose is this RNC or cédula, by DGII's public list"""
        return request.env["res.partner"]._nu_validate_rnc(body)
