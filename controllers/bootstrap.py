from odoo import http
from odoo.http import request

from .gateway import api_route


class BootstrapController(http.Controller):
    @api_route("bootstrap.load")
    def bootstrap(self, body):
        """Everything a terminal works with, at its start."""
        return request.env["nu.pos.bootstrap"].answer(body)
