"""Shapes of the answers of the return routes."""

from typing import Annotated, Literal

from pydantic import Field

from .answers import Fiscal, OrderAnswer, OrderDetail, Out, PaymentKind, Status

ProductName = Annotated[str, Field(description="What orders call `name`.")]
ReturnedQuantity = Annotated[
    float, Field(description="What orders call `qty`; positive.")
]


class Original(Out):
    """The order that came back, with its own number."""

    order_id: int
    pos_reference: str
    fiscal: Fiscal | None


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


class RefundDetailAnswer(Status):
    data: RefundDetail
