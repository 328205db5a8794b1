"""Shapes of the fiscal documents: what was issued, and what became of it."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from .answers import NcfState, OrderAnswer, Out, Pagination, Status
from .approval import ApprovalUse
from .base import Day, Identifier, RecordRef, Reference, Text, Wire
from .refund_answers import RefundAnswer

#: ``pending``: not sent to DGII yet, or its answer is awaited. Paper receipts are
#: ``issued``.
DocumentState = Literal["issued", "pending", "sent", "accepted", "rejected", "annulled"]


class DocumentQuery(Wire):
    """Days are days in Santo Domingo; pages begin at 1, ``cursor`` is
    ``pagination.next_cursor`` of the page before."""

    config_id: Identifier | None = None
    session_id: Identifier | None = None
    state: DocumentState | None = None
    type: Text | None = None
    date_from: Day | None = None
    date_to: Day | None = None
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    per_page: Annotated[int, Field(ge=1, le=1_000_000)] = 50
    cursor: Annotated[Text, Field(max_length=200)] | None = None


class PrintQuery(Wire):
    """How a receipt is printed."""

    format: Literal["ticket", "a4"] = "ticket"


class PrintRequest(PrintQuery):
    """As the query; who may not print a copy shows an approval (``reprint``)."""

    approvals: list[ApprovalUse] | None = None


class DocumentRequest(Wire):
    """Issue a document for a sale that has none, or change its consumer receipt for
    another type: the receipt is answered by a note and a new document is made, so that
    one sale never has two live numbers.

    ``order_ref``: id, uuid or reference of the order.
    """

    order_ref: Reference
    fiscal_type: Text
    partner_id: Identifier | None = None
    customer: RecordRef | None = None
    approvals: list[ApprovalUse] | None = None


class Annulment(Wire):
    """Annul a number that never reached a customer, with a reason of format 608."""

    reason_code: Annotated[str, Field(pattern=r"^(0[1-9]|10)$")] = "05"
    reason: Text | None = None


class DocumentMessage(Out):
    """What DGII said, as it said it."""

    code: str | None
    text: str


class DocumentOut(Out):
    """A document; ``id`` is that of its number in the ledger. ``number_state`` is the
    ledger's, ``state`` what DGII knows. Amounts in the company's currency (DOP)."""

    id: int
    reference: str
    fiscal_type_code: str
    kind: Literal["sale", "credit_note", "debit_note", "purchase"]
    state: DocumentState
    number_state: NcfState
    issued_on: date | None
    amount_total: float
    order_id: int | None
    invoice_id: int | None
    pos_reference: str
    modified_reference: str | None
    security_code: str | None
    qr_url: str | None
    void_reason: str | None


class DocumentDetail(DocumentOut):
    """``track_id`` and ``messages`` tell of the transmission to DGII."""

    environment: str | None
    transmission_state: str | None
    track_id: str | None
    attempts: int
    signed_at: datetime | None
    sent_at: datetime | None
    answered_at: datetime | None
    last_error: str | None
    messages: list[DocumentMessage]


class DocumentListAnswer(Status):
    data: list[DocumentOut]
    pagination: Pagination


class DocumentDetailAnswer(Status):
    data: DocumentDetail


class AnnulledAnswer(DocumentDetailAnswer):
    """``refund``: the return that the sale was given back by, as its own route answers
    it; null for a number that was reserved only."""

    refund: RefundAnswer | None


class DocumentIssuedAnswer(OrderAnswer):
    """``note``: the number of the note that answered the first receipt, null where
    there was none."""

    note: str | None
