"""Shapes of the authorised ranges (secuencias autorizadas)."""

from datetime import date
from typing import Annotated, Literal

from pydantic import (
    Field,
    model_validator,
)

from .base import Day, Identifier, Out, Status, Text, Whole, Wire

Sequence = Annotated[Whole, Field(ge=1, le=9_999_999_999)]


class SequenceQuery(Wire):
    """Ranges of a register's company; ``state`` and ``fiscal_type`` narrow."""

    config_id: Identifier | None = None
    fiscal_type: Text | None = None
    state: Literal["queued", "active", "exhausted", "expired", "closed"] | None = None


class NewSequence(Wire):
    """An authorisation of DGII. ``expiration_date``: last day of use in Santo Domingo,
    for the types whose numbers expire. ``dedicated_to``: only this register takes from
    it."""

    config_id: Identifier | None = None
    fiscal_type: Text
    first_number: Sequence
    last_number: Sequence
    expiration_date: Day | None = None
    authorization: Text | None = None
    dedicated_to: Identifier | None = None
    warning_numbers: Annotated[Whole, Field(ge=0, le=10_000_000)] | None = None
    warning_days: Annotated[Whole, Field(ge=0, le=1000)] | None = None

    @model_validator(mode="after")
    def _in_order(self):
        if self.last_number < self.first_number:
            raise ValueError("last_number is below first_number")
        return self


class SequenceChange(Wire):
    """What is absent stays. Numbers already taken are history: only what lies ahead
    may change."""

    state: Literal["closed", "open"] | None = None
    last_number: Sequence | None = None
    expiration_date: Day | None = None
    authorization: Text | None = None
    warning_numbers: Annotated[Whole, Field(ge=0, le=10_000_000)] | None = None
    warning_days: Annotated[Whole, Field(ge=0, le=1000)] | None = None


class SequenceOut(Out):
    """``next_reference``: the number that will be taken next, null when none is left.
    ``alert``: ``low`` stock, ``expiring`` soon, ``series_b_ended`` (sales take numbers
    of series B by default after its last day, Ley 32-23 art. 37), or none."""

    id: int
    fiscal_type: str
    prefix: str
    first_number: int
    last_number: int
    next_number: int
    next_reference: str | None
    remaining: int
    used_percent: float
    expiration_date: date | None
    days_left: int | None
    authorization: str | None
    dedicated_to: int | None
    state: Literal["queued", "active", "exhausted", "expired", "closed"]
    alert: list[Literal["low", "expiring", "series_b_ended"]]

    @classmethod
    def from_record(cls, record) -> dict:
        more = record.next_number <= record.last_number
        expiry = record.date_expiry
        return cls.closed(
            id=record.id,
            fiscal_type=record.document_type_id.doc_code_prefix,
            prefix=record.document_type_id.doc_code_prefix,
            first_number=record.first_number,
            last_number=record.last_number,
            next_number=record.next_number,
            next_reference=record._format(record.next_number) if more else None,
            remaining=record.remaining,
            used_percent=round(record.used_percent, 2),
            expiration_date=expiry.isoformat() if expiry else None,
            days_left=record.days_left if expiry else None,
            authorization=record.authorization or None,
            dedicated_to=record.config_id.id or None,
            state=record.state,
            alert=[
                word
                for word, told in (
                    ("low", record.is_low),
                    ("expiring", record.is_near_expiry),
                    ("series_b_ended", record.series_b_warning),
                )
                if told
            ],
        )


class SequenceAnswer(Status):
    data: SequenceOut


class SequenceListAnswer(Status):
    data: list[SequenceOut]
