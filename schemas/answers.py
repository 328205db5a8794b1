"""Shapes of the answers. They describe; the models make them."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

OrderState = Literal["draft", "paid", "cancelled"]
NcfState = Literal["reserved", "issued", "released", "voided"]


class Out(BaseModel):
    """Base of every answer. More keys may come; a client ignores what it does not
    know."""

    model_config = ConfigDict(extra="allow")


class Status(Out):
    status: Literal["ok"]


class Fiscal(Out):
    """The number of a document. ``expiration_date`` is its range's last day of use in
    Santo Domingo, null for types without expiry."""

    reference: str
    fiscal_type_code: str
    expiration_date: date | None
    security_code: str | None
    qr_url: str | None
    invoice_id: int | None
    state: NcfState


class Warn(Out):
    code: str
    path: str
    message: str


class OrderAnswer(Status):
    """Answer to a write of an order; amounts in the register's currency (DOP)."""

    pos_reference: str
    order_id: int
    created: bool
    state: OrderState
    kitchen_status: Literal["open", "sent", "changed", "paid"] | Literal[False]
    line_id_map: dict[str, int]
    tracking_number: str | Literal[False]
    amount_total: float
    amount_tax: float
    amount_itbis: float
    amount_tip: float
    amount_paid: float
    amount_return: float
    version: int
    fiscal: Fiscal | None
    warnings: list[Warn]


class ReservedFiscal(Fiscal):
    range_id: int
    remaining: int


class ReservationAnswer(Status):
    pos_reference: str
    created: bool
    fiscal: ReservedFiscal


class ReleaseAnswer(Status):
    pos_reference: str
    fiscal: Fiscal


class BatchResult(Out):
    index: int
    pos_reference: str | None
    status: Literal["ok", "error"]
    code: str | None = None
    error: str | None = None
    retryable: bool | None = None


class BatchAnswer(Out):
    """``ok``: all went well; ``partial``: some; ``error``: none."""

    status: Literal["ok", "partial", "error"]
    message_id: str | None
    results: list[BatchResult]


class User(Out):
    id: int
    name: str
    role: str


class LoginAnswer(Status):
    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    user: User


class MeAnswer(Status):
    user: User


class PaymentMethod(Out):
    id: int
    name: str
    type: Literal["cash", "card", "transfer", "credit", "voucher", "other"]


class PaymentMethodsAnswer(Status):
    config_id: int
    payment_methods: list[PaymentMethod]


class OrderSummary(Out):
    id: int
    uuid: str
    pos_reference: str
    state: OrderState
    amount_total: float
    version: int
    date_order: datetime | None
    fiscal: Fiscal | None


class Pagination(Out):
    page: int
    per_page: int
    total: int
    total_pages: int


class OrderListAnswer(Status):
    data: list[OrderSummary]
    pagination: Pagination


class OrderDetailAnswer(Status):
    data: OrderSummary


class ProblemError(Out):
    path: str
    message: str
    given: str | None = None
    expected: str | None = None


class Problem(Out):
    """``application/problem+json`` (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    error: str
    code: str
    retryable: bool
    request_id: str
    errors: list[ProblemError]
