from odoo import http
from odoo.http import request

from ..schemas.approval import ApprovalAnswer, ApprovalRequest
from ..schemas.operation import REGISTER
from .gateway import operation


class ApprovalController(http.Controller):
    @operation(
        "POST",
        "approvals",
        name="approvals.create",
        body=ApprovalRequest,
        answer=ApprovalAnswer,
        codes=(*REGISTER, "BAD_CREDENTIALS", "RATE_LIMITED"),
    )
    def approve(self, body):
        """Let one act of the caller through, with somebody else's credentials"""
        return request.env["nu.pos.approval"].grant(body)
