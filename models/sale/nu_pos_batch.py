"""Many snapshots in one message."""

import logging
from contextlib import contextmanager

from odoo import api, models
from odoo.exceptions import UserError

from ...schemas.hub import MAX_BATCH, Batch
from ..runtime.nu_pos_answering import Answer, Answering
from ..runtime.problem import ApiProblem
from ..runtime.unit_of_work import unit_of_work
from ..runtime.wire import reads
from .nu_pos_order_flow import ALONE, LATER
from .pos_config import session_gate

_logger = logging.getLogger(__name__)

#: How many orders share a transaction, hence its locks: some hundred milliseconds.
GROUP = 100


class NuPosBatch(models.AbstractModel):
    """What a hub forwards after an evening offline.

    Orders run in the order given, many in one transaction, yet each stands alone: a
    snapshot that is refused is left out before anything is written, and a group that
    fails all the same is undone and tried again in halves, down to the single order.
    What is done stays done when the rest of the message is cut off. A repeat of the
    message finds it by reference; a repeat of a message that was answered gets the
    stored answer.
    """

    _name = "nu.pos.batch"
    _description = "Batches of POS orders"

    @api.private
    @api.model
    @reads
    def sync(self, batch: Batch, idempotency=None):
        """:return: ``Answer``: 200 when all went well, 207 otherwise"""
        # the rights are those that each order needs, see pos.order._nu_plan
        if len(batch.orders) > MAX_BATCH:
            raise ApiProblem(
                "TOO_LARGE",
                f"{len(batch.orders)} orders, at most {MAX_BATCH} a message",
            )
        if not idempotency:
            return self._run(batch)
        # the orders have transactions of their own: this one is for the answer
        return Answering(self.env, idempotency).run([], lambda unit: self._run(batch))

    @api.model
    def _run(self, batch):
        entries = [
            _Entry(index, snapshot, batch.config_id)
            for index, snapshot in enumerate(batch.orders)
        ]
        group = []
        for entry in entries:
            with self._refusals_of(entry):
                entry.job = self.env["pos.order"]._nu_plan(
                    entry.snapshot, at=("orders", entry.index)
                )
            if not entry.job:
                continue
            if group and not _may_join(entry, group):
                self._run_group(group)
                group = []
            group.append(entry)
        self._run_group(group)
        results = [{"index": entry.index, **entry.result} for entry in entries]
        failed = sum(result["status"] == "error" for result in results)
        status = (
            "ok" if not failed else "error" if failed == len(results) else "partial"
        )
        body = {"status": status, "message_id": batch.message_id, "results": results}
        # an answer that a later repeat may better is not one to keep
        may_better = any(
            result.get("retryable") or result.get("quarantined") is not None
            for result in results
        )
        return Answer(body, 207 if failed else 200, keep=not may_better)

    @api.model
    def _run_group(self, group):
        if len(group) < 2:
            for entry in group:
                self._run_one(entry)
            return
        try:
            self._run_together(group)
        except ApiProblem as problem:
            if problem.code in ("BUSY", "IN_PROGRESS"):
                # The database refused all of them five times: no moment to try each.
                for entry in group:
                    self._refuse(entry, problem)
            else:
                self._run_halves(group, problem)
            return
        except Exception as error:  # pylint: disable=broad-except
            # Something that judging did not see: its transaction is closed and rolled
            # back. Who is alone in the end meets it in _run_one.
            self._run_halves(group, error)
            return
        for entry in group:
            if entry.job.outcome is LATER:
                self._run_one(entry)
            elif isinstance(entry.job.outcome, ApiProblem):
                self._refuse(entry, entry.job.outcome)
            else:
                entry.answer(entry.job.outcome)

    @api.model
    def _run_halves(self, group, error):
        _logger.info("%s orders of a batch failed together: %r", len(group), error)
        half = len(group) // 2
        self._run_group(group[:half])
        self._run_group(group[half:])

    @api.model
    def _run_together(self, group):
        """All orders of the group in one transaction; see ``nu.pos.order.flow``."""
        configs = self.env["pos.config"].union(*(one.job.config for one in group))
        self._perform_together(configs, [entry.job for entry in group])

    @unit_of_work(
        shares=lambda _batch, configs, _jobs: (
            gate for config in configs for gate in session_gate(_batch, config)
        ),
        optional=lambda _batch, _configs, jobs: (
            key for job in jobs for key in job.keys
        ),
        register=lambda _batch, configs, _jobs: configs[0],
    )
    def _perform_together(self, unit, configs, jobs):
        run = []
        for job in jobs:
            job.config = configs.browse(job.config.id)
            if unit.busy.isdisjoint(job.keys):
                run.append(job)
            else:
                # somebody else is at it: it waits for its turn, but alone
                job.outcome = LATER
        if run:
            self.env["nu.pos.order.flow"].run_many(unit, run)

    @api.model
    def _run_one(self, entry):
        with self._refusals_of(entry):
            entry.answer(
                self.env["pos.order"]._nu_submit(
                    entry.snapshot, at=("orders", entry.index)
                )
            )

    @contextmanager
    def _refusals_of(self, entry):
        """What an order meets becomes its result."""
        try:
            yield
        except ApiProblem as problem:
            self._refuse(entry, problem)
        except UserError as error:
            # a rule of core or of another addon refused this order; the transaction
            # it ran in is gone
            entry.refuse(ApiProblem("VALIDATION", str(error.args[0])))
        except Exception:  # pylint: disable=broad-except
            # Each order stands alone: a defect met by one must not keep the others
            # from the tax office. Its transaction is closed and rolled back; the
            # caller is told to try again.
            _logger.exception("order %s of a batch failed", entry.index)
            entry.refuse(ApiProblem("INTERNAL"))

    @api.model
    def _refuse(self, entry, problem):
        if self.env["pos.order"]._nu_is_sold(entry.snapshot, None):
            # money was taken: what is refused is kept
            kept = self.env["nu.pos.sale.quarantine"].keep(entry.snapshot, problem)
            if kept is None:
                self._run_one(entry)
                return
            problem = kept
        self.env["nu_restaurant_pos.order_audit"]._record_refusal(
            problem, {"route": "hub.batch", "pos_reference": entry.reference}
        )
        entry.refuse(problem)


class _Entry:
    """A snapshot of the message and what became of it."""

    def __init__(self, index, snapshot, config_id):
        self.index = index
        self.snapshot = snapshot
        self.reference = None
        if isinstance(snapshot, dict):
            self.reference = snapshot.get("pos_reference") or snapshot.get(
                "posReference"
            )
            if config_id and not {"config_id", "configId", "config"} & set(snapshot):
                self.snapshot = {**snapshot, "config_id": config_id}
        self.job = None  # nu_pos_order_flow.Job
        self.result = None

    def answer(self, answer):
        self.result = {key: answer.body[key] for key in _TOLD}

    def refuse(self, problem):
        self.result = {
            "pos_reference": self.reference,
            "status": "error",
            "code": problem.code,
            "error": problem.detail,
            "retryable": problem.retryable,
            "errors": problem.errors,
        }
        for name in ("quarantined", "quarantine_id"):
            if name in problem.extra:
                self.result[name] = problem.extra[name]


_TOLD = (
    "pos_reference",
    "status",
    "order_id",
    "created",
    "state",
    "kitchen_status",
    "line_id_map",
    "tracking_number",
    "amount_total",
    "amount_tax",
    "amount_itbis",
    "amount_tip",
    "amount_paid",
    "amount_return",
    "version",
    "fiscal",
    "warnings",
)


def _may_join(entry, group):
    """May it share a transaction with these, which come before it? Not if it must see
    what they did: same order, same account; nor across companies."""
    first = group[0].job
    taken = {key for other in group for key in other.job.keys}
    return (
        len(group) < GROUP
        and taken.isdisjoint(entry.job.keys)
        and first.config.company_id == entry.job.config.company_id
        and not any(one.job.snapshot.step in ALONE for one in (entry, group[0]))
    )
