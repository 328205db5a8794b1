"""Shapes of the fiscal documents: what was issued, and what became of it."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import (
    Field,
)

from .approval import ApprovalUse
from .base import (
    Day,
    Identifier,
    Out,
    Page,
    RecordRef,
    Reference,
    Status,
    Text,
    Wire,
    utc_text,
)
from .fiscal_block import NcfState
from .order import OrderAnswer
from .refund import RefundAnswer

#: ``pending``: not sent to DGII yet, or its answer is awaited. Paper receipts are
#: ``issued``.
DocumentState = Literal["issued", "pending", "sent", "accepted", "rejected", "annulled"]


#: What the states of an e-CF mean to a till.
STATES = {
    "signed": "pending",
    "queued": "pending",
    "contingency": "pending",
    "unknown": "sent",
    "sent": "sent",
    "accepted": "accepted",
    "conditional": "accepted",
    "rejected": "rejected",
    "annulled": "annulled",
}


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


def state_of(ncf, ecf):
    """The state of a document, of its number in the ledger and its electronic receipt,
    if there is one."""
    if ncf.state == "voided":
        return "annulled"
    return STATES[ecf.state] if ecf else "issued"


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

    @classmethod
    def from_record(cls, ncf, ecf, **more) -> dict:
        """
        :param ncf: number of the ledger
        :param ecf: its electronic receipt, an empty record for a paper one
        :param more: members of a shape with more of them
        """
        day = ncf.date_issued_day
        return cls.closed(
            id=ncf.id,
            reference=ncf.name,
            fiscal_type_code=ncf.document_type_id.doc_code_prefix,
            kind=ncf.kind,
            state=state_of(ncf, ecf),
            number_state=ncf.state,
            issued_on=day.isoformat() if day else None,
            amount_total=ncf.amount_total,
            order_id=ncf.order_id.id or None,
            invoice_id=(ncf.move_id or ncf.order_id.account_move).id or None,
            pos_reference=ncf.pos_reference,
            modified_reference=ncf.move_id.nu_modified_ncf
            or ncf.order_id.refunded_order_id.nu_ncf
            or None,
            security_code=ecf.security_code or None,
            qr_url=ecf.qr_url or None,
            void_reason=ncf.void_reason or None,
            **more,
        )


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

    @classmethod
    def from_record(cls, ncf, ecf) -> dict:
        return super().from_record(
            ncf,
            ecf,
            environment=ecf.environment or None,
            transmission_state=ecf.state or None,
            track_id=ecf.track_id or None,
            attempts=ecf.attempts,
            signed_at=utc_text(ecf.date_signed),
            sent_at=utc_text(ecf.date_sent),
            answered_at=utc_text(ecf.date_answered),
            last_error=ecf.last_error or None,
            messages=[
                DocumentMessage.closed(
                    code=row.get("code") or None, text=row.get("text") or ""
                )
                for row in ecf.messages or ()
            ],
        )


class DocumentListAnswer(Page[DocumentOut]):
    pass


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
