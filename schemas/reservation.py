"""Shapes of the numbers that are taken before a sale."""

from typing import Annotated, Any

from pydantic import (
    Field,
)

from .base import Identifier, Out, RecordRef, Reference, Status, Text, Wire
from .fiscal_block import Fiscal, NcfState
from .snapshot import Metadata


class Reservation(Wire):
    """Ask for the number of an order before it is finalized."""

    pos_reference: Reference
    config_id: Identifier | None = None
    config: RecordRef | None = None
    fiscal_type: Text | None = None
    partner_id: Identifier | None = None
    customer: RecordRef | None = None
    replace: bool = False
    metadata: Metadata | None = None


class Release(Wire):
    """Give a reserved number back; ``printed`` tells that a customer has seen it, so
    that it must be annulled (format 608) instead of being used again."""

    pos_reference: Reference
    config_id: Identifier | None = None
    config: RecordRef | None = None
    reason: Text | None = None
    reason_code: Annotated[str, Field(pattern=r"^(0[1-9]|10)$")] | None = None
    printed: bool = False


class ReservedFiscal(Fiscal):
    """``remaining``: numbers of the range that are still free."""

    range_id: int
    remaining: int


class ReplacedNumber(Out):
    reference: str
    state: NcfState


class ReservationAnswer(Status):
    """``replaced``: the number the order held before, when ``replace`` was asked.
    ``metadata`` as sent; it is kept in the audit."""

    pos_reference: str
    created: bool
    fiscal: ReservedFiscal
    replaced: ReplacedNumber | None = None
    metadata: dict[str, Any] | None = None


class ReleaseAnswer(Status):
    """The number after it was given back (``released``) or annulled (``voided``)."""

    pos_reference: str
    fiscal: Fiscal
