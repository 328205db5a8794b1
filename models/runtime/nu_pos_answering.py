"""Answers, and how a repeat of a request gets the one it had."""

from dataclasses import dataclass
from typing import Any

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


class Answering:
    """Stores the answer of a write by idempotency key.

    The stored answer is written in the transaction of the effect: either both exist or
    neither. A refusal has no effect; it is stored in a transaction of its own.

    :param config: ``pos.config`` the request is about, if it is about one
    :param keep_refusals: whether a repeat of a refused request is refused without
        being run
    """

    def __init__(self, env, idempotency, config=None, keep_refusals=True):
        self.env = env
        self.idempotency = idempotency
        self.keep_refusals = keep_refusals
        self.company = config and env["res.company"].browse(
            config._nu_company_id(config.id)
        )

    def run(self, keys, work):
        """Run ``work(unit)`` -> ``Answer`` once for all repeats of the request, alone
        on its keys."""
        units = self.env["nu.pos.unit"]
        own_key = self.env["nu.pos.api.request"].lock_key(self.idempotency.key)

        def once(unit):
            stored = self._recall(unit)
            if stored:
                status, body = stored
                return Answer(body, status, replayed=True)
            answer = work(unit)
            if answer.keep:
                self._store(unit, answer.status, answer.body)
            return answer

        def store_refusal(unit):
            if not self._recall(unit):
                self._store(unit, problem.http_status, problem.body())

        try:
            return units.run([*keys, own_key], once)
        except ApiProblem as refusal:
            problem = refusal
            stored = self.keep_refusals and problem.code not in NOT_KEPT
            if stored and problem.code != "IDEMPOTENCY_MISMATCH":
                units.run([own_key], store_refusal)
            raise

    def _recall(self, unit):
        return unit.env["nu.pos.api.request"].recall(
            self.idempotency.key, self.idempotency.fingerprint
        )

    def _store(self, unit, status, body):
        unit.env["nu.pos.api.request"].keep(
            self.idempotency.key,
            self.idempotency.operation,
            self.idempotency.fingerprint,
            status,
            body,
            company=self.company,
        )
