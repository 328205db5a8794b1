from odoo import http
from odoo.http import request

from ..schemas.hub import Batch, BatchAnswer
from ..schemas.operation import DRAFT, NUMBER
from ..schemas.order import OrderAnswer
from ..schemas.snapshot import Snapshot
from .gateway import operation


class HubController(http.Controller):
    @operation(
        "POST",
        "hub/finalize",
        name="hub.finalize",
        permission="payment",
        body=Snapshot,
        unread=True,
        answer=OrderAnswer,
        codes=(
            *DRAFT,
            *NUMBER,
            "PAYMENT_MISSING",
            "PAYMENT_INCOMPLETE",
            "RNC_REQUIRED",
            "RNC_INVALID",
            "CREDIT_LIMIT",
            "ECF_NO_CERTIFICATE",
            "ECF_INVALID",
        ),
        keyed=True,
    )
    def finalize(self, body, idempotency):
        """Turn a snapshot with payments into a paid, numbered sale"""
        return request.env["pos.order"]._nu_submit(
            body, finalize=True, idempotency=idempotency
        )

    @operation(
        "POST",
        "hub/batch-sync",
        name="hub.batch",
        body=Batch,
        answer=BatchAnswer,
        statuses=(200, 207),
        keyed=True,
    )
    def batch_sync(self, body, idempotency):
        """Many snapshots, each judged by itself"""
        return request.env["nu.pos.batch"].sync(body, idempotency)
