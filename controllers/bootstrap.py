from odoo import http
from odoo.http import request

from ..schemas.bootstrap import Bootstrap, BootstrapAnswer
from ..schemas.operation import REGISTER
from .gateway import operation


class BootstrapController(http.Controller):
    @operation(
        "POST",
        "bootstrap",
        name="bootstrap.load",
        readonly=True,
        body=Bootstrap,
        answer=BootstrapAnswer,
        codes=REGISTER,
    )
    def bootstrap(self, body):
        """Everything a terminal works with, at its start"""
        return request.env["nu.pos.bootstrap"].answer(body)
