"""Answers, and how a repeat of a request gets the one it had."""

from dataclasses import dataclass
from typing import Any

from odoo import api, models

from ...schemas.problem import NOT_KEPT
from .problem import ApiProblem


@dataclass
class Answer:
    """What a write says: body, HTTP status, and whether it was said before."""

    body: dict[str, Any]
    status: int = 200
    replayed: bool = False
    keep: bool = True  # under the idempotency key of the request, if it has one


@dataclass(frozen=True)
class Idempotency:
    """Key of a request and the hash of what it asks for."""

    key: str
    operation: str
    fingerprint: str


class NuPosAnswering(models.AbstractModel):
    """Runs a write under its locks and keeps its answer by idempotency key.

    The kept answer is written in the transaction of the effect: either both exist or
    neither. A refusal has no effect; it is kept in a transaction of its own.
    """

    _name = "nu.pos.answering"
    _description = "Answers of the POS API"

    @api.private
    @api.model
    def run(self, keys, work, config=None, idempotency=None, keep_refusals=True):
        """``work(unit)`` -> ``Answer``, once for all repeats of the request.

        :param keep_refusals: whether a repeat of a refused request is refused unheard
        """
        Unit = self.env["nu.pos.unit"]
        if not idempotency:
            return Unit.run(keys, work)
        Request = self.env["nu.pos.api.request"]
        keys = [*keys, Request.lock_key(idempotency.key)]
        company = config and self.env["res.company"].browse(
            config._nu_company_id(config.id)
        )

        def keep(unit, status, body):
            unit.env["nu.pos.api.request"].keep(
                idempotency.key,
                idempotency.operation,
                idempotency.fingerprint,
                status,
                body,
                company=company,
            )

        def once(unit):
            kept = unit.env["nu.pos.api.request"].recall(
                idempotency.key, idempotency.fingerprint
            )
            if kept:
                status, body = kept
                return Answer(body, status, replayed=True)
            answer = work(unit)
            if answer.keep:
                keep(unit, answer.status, answer.body)
            return answer

        def remember_refusal(unit):
            requests = unit.env["nu.pos.api.request"]
            if not requests.recall(idempotency.key, idempotency.fingerprint):
                keep(unit, problem.http_status, problem.body())

        try:
            return Unit.run(keys, once)
        except ApiProblem as refusal:
            problem = refusal
            kept = keep_refusals and problem.code not in NOT_KEPT
            if kept and problem.code != "IDEMPOTENCY_MISMATCH":
                Unit.run([Request.lock_key(idempotency.key)], remember_refusal)
            raise
