from odoo import http
from odoo.http import request

from ..models.runtime.wire import parse
from ..schemas.order import RegisterQuery
from .gateway import api_route


class PaymentController(http.Controller):
    @api_route("payments.methods")
    def methods(self, body):
        """Payment methods of a register."""
        wire = parse(RegisterQuery, body or request.httprequest.args.to_dict())
        config = request.env["pos.config"]._nu_pick(wire.config_id)
        methods = config.payment_method_ids._nu_out()
        return {"status": "ok", "config_id": config.id, "payment_methods": methods}
