from odoo import http
from odoo.http import request

from .gateway import api_route


class CustomerController(http.Controller):
    @api_route("customers.credit_check")
    def credit_check(self, body):
        """May this customer buy for so much on credit?"""
        return request.env["res.partner"]._nu_credit_check(body)

    @api_route("customers.validate_rnc")
    def validate_rnc(self, body):
        """Whose is this RNC or cédula?"""
        return request.env["res.partner"]._nu_validate_rnc(body)
