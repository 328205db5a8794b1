from odoo import http
from odoo.http import request

from .customers import CustomerController
from .gateway import operation
from .orders import OrderController


class LegacyController(http.Controller):
    """The paths terminals used before ``/pos-api/v1``: the same operations. They were
    called from pages of the web session too, so a session will do."""

    @operation(
        "POST",
        "/pos-react/api/orders/create",
        "/pos-react/api/orders/update",
        name="orders.create.legacy",
        like=OrderController.write_draft,
        session_auth=True,
        deprecated=True,
    )
    def write_draft(self, body, idempotency):
        """Create or update a draft, by the older paths"""
        return request.env["pos.order"]._nu_submit(
            body, finalize=False, idempotency=idempotency
        )

    @operation(
        "POST",
        "/pos-react/api/customers/validate-rnc",
        name="customers.validate_rnc.legacy",
        like=CustomerController.validate_rnc,
        session_auth=True,
        deprecated=True,
    )
    def validate_rnc(self, body):
        """Whose is this RNC or cédula, by the older path"""
        return request.env["res.partner"]._nu_validate_rnc(body)
