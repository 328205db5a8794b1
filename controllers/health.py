from odoo import http
from odoo.http import request

from ..models.nu_pos_problem import ApiProblem
from .gateway import PREFIX, api_route


class HealthController(http.Controller):
    @api_route("health", verbs=("GET", "POST"), public=True, readonly=True)
    def health(self, body):
        """Is the service up, database included."""
        request.env.cr.execute("SELECT 1")
        return {"status": "ok"}

    @http.route(
        [PREFIX, f"{PREFIX}/<path:rest>"],
        type="pos_api",
        auth="none",
        csrf=False,
        save_session=False,
        readonly=True,
        public=True,
        verbs=("GET", "POST", "PUT", "PATCH", "DELETE"),
    )
    def unknown(self, body, rest=""):
        raise ApiProblem("NOT_FOUND", "There is no such route")
