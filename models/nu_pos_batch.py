"""Many snapshots in one message."""

import logging

from odoo import api, models
from odoo.exceptions import UserError

from ..schemas.order import MAX_BATCH, Batch
from ..schemas.problem import PROBLEMS
from .nu_pos_answer import Answer
from .nu_pos_problem import ApiProblem
from .nu_pos_wire import parse

_logger = logging.getLogger(__name__)


class NuPosBatch(models.AbstractModel):
    """What a hub forwards after an evening offline.

    Orders run in the order given, each in a transaction of its own, so that each
    stands alone and what is done stays done when the rest of the message is cut off.
    A repeat of the message finds them by reference; a repeat of a message that was
    answered gets the stored answer.
    """

    _name = "nu.pos.batch"
    _description = "Batches of POS orders"

    @api.private
    @api.model
    def sync(self, data, idempotency=None):
        """:return: ``Answer``: 200 when all went well, 207 otherwise"""
        self.env["nu.pos.permission"].require("hub_sync")
        batch = parse(Batch, data, raw=("orders", ""))
        if len(batch.orders) > MAX_BATCH:
            raise ApiProblem(
                "TOO_LARGE",
                f"{len(batch.orders)} orders, at most {MAX_BATCH} a message",
            )

        def work(unit):
            return self._run(batch)

        if not idempotency:
            return self._run(batch)
        return self.env["nu.pos.answering"].run([], work, None, idempotency)

    @api.model
    def _run(self, batch):
        results = [
            {"index": index, **self._one(index, snapshot, batch)}
            for index, snapshot in enumerate(batch.orders)
        ]
        failed = sum(result["status"] == "error" for result in results)
        status = (
            "ok" if not failed else "error" if failed == len(results) else "partial"
        )
        body = {"status": status, "message_id": batch.message_id, "results": results}
        # an answer that a later repeat may better is not one to keep
        retryable = any(result.get("retryable") for result in results)
        return Answer(body, 207 if failed else 200, keep=not retryable)

    @api.model
    def _one(self, index, snapshot, batch):
        reference = None
        if isinstance(snapshot, dict):
            reference = snapshot.get("pos_reference") or snapshot.get("posReference")
            if batch.config_id and not {"config_id", "configId", "config"} & set(
                snapshot
            ):
                snapshot = {**snapshot, "config_id": batch.config_id}
        head = {"pos_reference": reference}
        try:
            answer = self.env["pos.order"]._nu_submit(snapshot, at=("orders", index))
        except ApiProblem as problem:
            self.env["nu_restaurant_pos.order_audit"]._record_refusal(
                problem, {"route": "hub.batch", "pos_reference": reference}
            )
            return {**head, **_failure(problem.code, problem.detail, problem.errors)}
        except UserError as error:
            # a rule of core or of another addon refused this order; the transaction
            # it ran in is gone
            return {**head, **_failure("VALIDATION", str(error.args[0]))}
        except Exception:  # pylint: disable=broad-except
            # Each order stands alone: a defect met by one must not keep the others
            # from the tax office. Its transaction is closed and rolled back; the
            # caller is told to try again.
            _logger.exception("order %s of a batch failed", index)
            return {**head, **_failure("INTERNAL", "")}
        keys = (
            "pos_reference",
            "status",
            "order_id",
            "created",
            "state",
            "line_id_map",
            "amount_total",
            "version",
            "fiscal",
            "warnings",
        )
        return {key: answer.body[key] for key in keys}


def _failure(code, detail, errors=()):
    kind = PROBLEMS[code]
    return {
        "status": "error",
        "code": code,
        "error": detail or kind.title,
        "retryable": kind.retryable,
        "errors": list(errors),
    }
