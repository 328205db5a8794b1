from odoo import fields, http
from odoo.http import request

from ..models.runtime.clock import wire_moment
from ..models.runtime.problem import ApiProblem
from ..schemas.health import Health
from .gateway import UNKNOWN, operation


class HealthController(http.Controller):
    @operation(
        "GET POST",
        "health",
        name="health",
        public=True,
        readonly=True,
        answer=Health,
    )
    def health(self):
        """Is the service up, database included"""
        request.env.cr.execute("SELECT 1")
        return {"status": "ok", "time": wire_moment(fields.Datetime.now())}

    @operation(
        "GET POST PUT PATCH DELETE",
        "",
        "<path:rest>",
        name=UNKNOWN,
        public=True,
        readonly=True,
        codes=("NOT_FOUND",),
    )
    def unknown(self, rest=""):
        """There is no such route"""
        raise ApiProblem("NOT_FOUND", "There is no such route")
