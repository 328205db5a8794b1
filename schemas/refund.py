"""Shapes of the return routes."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from .approval import ApprovalUse
from .base import Identifier, Quantity, Reference, Text, Wire
from .order import MAX_LINES, OrderQuery, Payment


class RefundLine(Wire):
    """A line of the original, by its id, the id its terminal gave it, or its uuid;
    ``qty`` comes back, by default all that is left of the line."""

    line_id: Identifier | None = None
    id: Reference | None = None
    uuid: Text | None = None
    qty: Annotated[Quantity, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _names_a_line(self):
        if (self.line_id, self.id, self.uuid).count(None) != 2:
            raise ValueError("name the line by one of line_id, id or uuid")
        return self


class Refund(Wire):
    """A return of a paid order: all that is left of it, or some lines.

    ``pos_reference`` names the return itself, so that a repeat is known; without it a
    repeat is told by its content, and a second return of the very same content needs
    a name of its own. ``payments`` give money back (amounts positive); absent: by the
    methods it came by. ``config_id``: the register that pays, by default the
    original's.
    """

    pos_reference: Reference | None = None
    config_id: Identifier | None = None
    lines: (
        Annotated[list[RefundLine], Field(min_length=1, max_length=MAX_LINES)] | None
    ) = None
    reason: Text | None = None
    payments: list[Payment] | None = None
    restock: Literal[True] = True
    employee_id: Identifier | None = None
    approvals: list[ApprovalUse] | None = None


class Cancel(Wire):
    """Cancel an order: a draft is cancelled, a paid one given back whole.

    ``delivered`` false: the receipt never left the house; its number is annulled
    (``reason_code`` of format 608) instead of being answered by a note.
    """

    reason: Text
    pos_reference: Reference | None = None
    payments: list[Payment] | None = None
    delivered: bool = True
    reason_code: Annotated[str, Field(pattern=r"^(0[1-9]|10)$")] = "05"
    employee_id: Identifier | None = None
    approvals: list[ApprovalUse] | None = None


class CreditNote(Wire):
    """The whole of what is left of an order, by its reference."""

    pos_reference: Reference
    reason: Text | None = None
    approvals: list[ApprovalUse] | None = None


class RefundQuery(OrderQuery):
    """Filters of the list of returns; pages begin at 1."""
