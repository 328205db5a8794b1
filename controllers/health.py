from odoo import fields, http
from odoo.http import request

from ..models.runtime.clock import wire_moment
from ..models.runtime.problem import ApiProblem
from .gateway import api_route


class HealthController(http.Controller):
    @api_route("health")
    def health(self, body):
        """Is the service up, database included; and what time it is."""
        request.env.cr.execute("SELECT 1")
        return {"status": "ok", "time": wire_moment(fields.Datetime.now())}

    @api_route("unknown")
    def unknown(self, body, rest=""):
        raise ApiProblem("NOT_FOUND", "There is no such route")
