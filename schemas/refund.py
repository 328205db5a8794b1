"""Shapes of the return routes."""

from typing import Annotated, Literal

from pydantic import (
    Field,
    model_validator,
)

from .approval import ApprovalUse
from .base import Identifier, Out, Quantity, Reference, Status, Text, Wire
from .fiscal_block import Fiscal
from .order import OrderAnswer, OrderDetail, OrderQuery
from .payment_method import PaymentKind
from .snapshot import MAX_LINES, Payment


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


ProductName = Annotated[str, Field(description="What orders call `name`.")]
ReturnedQuantity = Annotated[
    float, Field(description="What orders call `qty`; positive.")
]


class Original(Out):
    """The order that came back, with its own number."""

    order_id: int
    pos_reference: str
    fiscal: Fiscal | None

    @classmethod
    def from_record(cls, order) -> dict:
        ncf = order.nu_ncf_id
        return cls.closed(
            order_id=order.id,
            pos_reference=order.pos_reference,
            fiscal=ncf._fiscal_block(order.account_move) if ncf else None,
        )


class ReturnedLine(Out):
    """``quantity`` positive, ``amount`` negative and with taxes (DOP). ``restocked``:
    the goods go back to stock."""

    line_id: int
    original_line_id: int
    product_id: int
    product_name: ProductName | None
    quantity: ReturnedQuantity
    price_unit: float
    amount: float
    restocked: bool


class PaidBack(Out):
    payment_method_id: int
    type: PaymentKind
    amount: float


class RefundAnswer(OrderAnswer):
    """A return, in the words of an order: totals negative, ``fiscal`` is the credit
    note's (null where the original had no number)."""

    refund_id: int
    resolution: Literal["refund"]
    original: Original
    lines: list[ReturnedLine]
    payments: list[PaidBack]


class CancelAnswer(OrderAnswer):
    """``resolution`` tells what became of it: a draft is cancelled, a paid order given
    back by the return that is answered."""

    resolution: Literal["cancel", "refund"]
    refund_id: int | None = None
    original: Original | None = None
    lines: list[ReturnedLine] | None = None
    payments: list[PaidBack] | None = None


class CreditedLine(Out):
    product_name: ProductName | None
    quantity: ReturnedQuantity
    price_unit: float
    is_voided: bool


class CreditNoteAnswer(Status):
    """``credit_note_id`` is the id of the return that carries the note."""

    success: bool
    credit_note_id: int
    pos_reference: str
    created: bool
    fiscal: Fiscal | None
    lines: list[CreditedLine]


class RefundDetail(OrderDetail):
    original: Original

    @classmethod
    def from_record(cls, order) -> dict:
        return super().from_record(
            order, original=Original.from_record(order.refunded_order_id)
        )


class RefundDetailAnswer(Status):
    data: RefundDetail
