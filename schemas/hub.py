"""Shapes of the batches of a hub."""

from typing import Any, ClassVar, Literal

from pydantic import (
    Field,
    model_validator,
)

from .base import Identifier, Out, Reference, Wire
from .order import OrderAnswer
from .problem import PROBLEMS
from .refusal import ProblemError

MAX_BATCH = 500


class Batch(Wire):
    """Many snapshots in one message; each is judged by itself, so the list holds raw
    objects here."""

    #: Not looked at with the message: each order, and with "" a bare list of them.
    UNREAD: ClassVar[tuple[str, ...]] = ("orders", "")

    message_id: Reference | None = None
    config_id: Identifier | None = None
    orders: list[Any]

    @model_validator(mode="before")
    @classmethod
    def _bare_array(cls, data):
        return {"orders": data} if isinstance(data, list) else data


class BatchDone(OrderAnswer):
    """An order of a message that went well, as full as the answer to a single one."""

    index: int


class BatchRefused(Out):
    """An order of a message that was refused, in the words of a problem."""

    index: int
    pos_reference: Any = Field(
        description="As sent, whatever it was; null when there was none."
    )
    status: Literal["error"]
    code: str = Field(json_schema_extra={"enum": list(PROBLEMS)})
    error: str
    retryable: bool
    errors: list[ProblemError]
    quarantined: bool | None = Field(
        default=None, description="As in a problem, of a sale that is paid."
    )
    quarantine_id: int | None = None


class BatchAnswer(Out):
    """``ok``: all went well; ``partial``: some; ``error``: none."""

    status: Literal["ok", "partial", "error"]
    message_id: str | None
    results: list[BatchDone | BatchRefused]
