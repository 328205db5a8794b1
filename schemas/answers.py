"""Shapes of the answers. They describe; the models make them."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .problem import PROBLEMS

OrderState = Literal["draft", "paid", "cancelled"]
NcfState = Literal["reserved", "issued", "released", "voided"]
KitchenStatus = Literal["open", "sent", "changed", "paid"]
PaymentKind = Literal[
    "cash", "card", "transfer", "credit", "voucher", "barter", "other"
]


DatabaseId = Annotated[
    int, Field(description="Id in the database; `client_id` is the terminal's own.")
]
ClientId = Annotated[
    str,
    Field(description="The id its terminal gave it: `id` in the order that was sent."),
]
OrderReference = Annotated[
    str,
    Field(
        description="The reference the terminal gave the order. The number of the "
        "document is `fiscal.reference`."
    ),
]
NetPaid = Annotated[
    float,
    Field(
        description="What was received less the change (`amount_return`). In a request "
        "it may also be what was handed over, change included."
    ),
]
Change = Annotated[
    float, Field(description="Change that was given back in cash, positive.")
]
TaxpayerId = Annotated[
    str,
    Field(
        description="RNC or cédula in digits. A `customer` is named by it as "
        "`rnc` or `vat`, with or without dashes."
    ),
]


class Out(BaseModel):
    """Base of every answer. More keys may come; a client ignores what it does not
    know."""

    model_config = ConfigDict(extra="allow")


class Status(Out):
    status: Literal["ok"]


class Health(Status):
    """``time``: the server's clock in UTC. A till whose clock differs by minutes sets
    it: the day of a document is the server's."""

    time: datetime


class TaxTotal(Out):
    """What a receipt prints of one tax: ``rate`` in percent, ``base`` and ``amount`` in
    DOP, negative on a credit note. ``exempt``: what bears no ITBIS. ``tip``: the legal
    tip of 10 %, which is no tax."""

    kind: Literal["itbis", "exempt", "isc", "other", "tip"]
    rate: float
    base: float
    amount: float


class Buyer(Out):
    """Who a document was issued to, as it names him; later changes of the contact do
    not show. ``rnc``: RNC or cédula."""

    name: str | None
    rnc: TaxpayerId | None
    foreign_id: str | None


class Fiscal(Out):
    """The number of a document, and what a till prints of it. ``expiration_date`` is
    its range's last day of use in Santo Domingo, null for types without expiry.
    ``legend`` has to be printed on the receipt as long as it is there: DGII has not got
    the e-CF yet (Decreto 587-24), or refused it. ``title``: of the receipt, in Spanish.
    ``issued_at`` and ``signed_at`` (Fecha de Firma Digital) in UTC, null before.
    ``buyer`` null for a consumer whom nobody named; ``taxes`` null for invoices of the
    back office."""

    reference: Annotated[
        str,
        Field(
            description="NCF or e-NCF. Lists are filtered by it with `fiscal_number`; "
            "`pos_reference` is the order's."
        ),
    ]
    fiscal_type_code: str
    expiration_date: date | None
    security_code: str | None
    qr_url: str | None
    legend: str | None
    title: str
    issued_at: datetime | None
    signed_at: datetime | None
    buyer: Buyer | None
    taxes: list[TaxTotal] | None
    invoice_id: int | None
    state: NcfState


class Warn(Out):
    """What does not stop a sale but should be looked at. Of a sale that is paid:
    ``UNKNOWN_FIELD``, ``TEXT_CHANGED`` (control characters left out), ``TEXT_CUT``,
    ``FIELD_IGNORED``, ``ARCHIVED_REFERENCE``, ``UNKNOWN_REFERENCE`` (of what a sale
    can do without), ``REPEAT_DIFFERS`` (the first is kept)."""

    code: str
    path: str
    message: str


class OrderAnswer(Status):
    """Answer to a write of an order; amounts in the register's currency (DOP).

    ``line_id_map`` tells the database id of each line by the id the client gave it,
    ``amount_return`` the change given. ``version`` grows with every change of the
    order; ``created`` is false for a repeat. A new draft is answered with 201, a sale
    with 200 whether it is new or repeated.
    """

    pos_reference: OrderReference
    order_id: DatabaseId
    created: bool
    state: OrderState
    kitchen_status: KitchenStatus | None
    line_id_map: dict[str, int]
    tracking_number: str | None
    amount_total: float
    amount_tax: float
    amount_itbis: float
    amount_tip: float
    amount_paid: NetPaid
    amount_return: Change
    version: int
    fiscal: Fiscal | None
    warnings: list[Warn]


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


class ProblemError(Out):
    """One finding; ``path`` names the field (``body``: the whole), ``given`` and
    ``expected`` are texts; ``expected`` what would be right, as far as it can be
    listed."""

    path: str
    message: str
    given: str | None = None
    expected: str | None = None


class BatchDone(Out):
    """An order of a message that went well, as full as the answer to a single one."""

    index: int
    pos_reference: str
    status: Literal["ok"]
    order_id: int
    created: bool
    state: OrderState
    kitchen_status: KitchenStatus | None
    line_id_map: dict[str, int]
    tracking_number: str | None
    amount_total: float
    amount_tax: float
    amount_itbis: float
    amount_tip: float
    amount_paid: NetPaid
    amount_return: Change
    version: int
    fiscal: Fiscal | None
    warnings: list[Warn]


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


class CreditCheckAnswer(Status):
    """Amounts in the register's currency (DOP); sales on account that are not booked
    yet count as owed."""

    partner_id: int
    eligible: bool
    credit_limit: float
    current_balance: float
    available_credit: float


class RncAnswer(Status):
    """What DGII's public list says of an RNC or cédula.

    ``valid``: it has the form of one; ``found``: the list names it; ``active``: in
    order (state ACTIVO), null if it is not found. ``rnc`` in digits where it is valid,
    else as sent. ``partner_id``: the customer who has it already. A number that is not
    found may be new, and nothing here stops a sale: see ``warnings``.
    """

    rnc: str
    valid: bool
    kind: Literal["rnc", "cedula"] | None
    formatted: str | None
    check_digit_ok: bool
    found: bool
    name: str | None
    trade_name: str | None
    activity: str | None
    state: str | None
    active: bool | None
    regime: str | None
    start_date: date | None
    partner_id: int | None
    warnings: list[Warn]


class PaymentMethod(Out):
    id: int
    name: str
    type: PaymentKind


class PaymentMethodsAnswer(Status):
    config_id: int
    payment_methods: list[PaymentMethod]


class OrderSummary(Out):
    """An order in a list; amounts in the register's currency (DOP), times with
    offset. ``status`` repeats ``state``."""

    id: DatabaseId
    uuid: str
    pos_reference: OrderReference | None
    tracking_number: str | None
    config_id: int
    session_id: int | None
    state: OrderState
    status: OrderState
    mode: Literal["order", "return", "payment"]
    order_type: Literal["dine_in", "takeout", "delivery"] | None
    kitchen_status: KitchenStatus | None
    table_id: int | None
    guest_count: int
    partner_id: int | None
    amount_total: float
    amount_tax: float
    amount_itbis: float
    amount_tip: float
    amount_paid: NetPaid
    version: int
    date_order: datetime | None
    created_at: datetime
    updated_at: datetime
    fiscal: Fiscal | None


class OrderLine(Out):
    """A line; ``client_id`` is the id its terminal gave it. ``discount`` is a
    percentage, ``price_subtotal_incl`` includes taxes and the legal tip."""

    id: DatabaseId
    client_id: ClientId | None
    product_id: int
    name: Annotated[
        str | None,
        Field(
            description="The product's name as it was sold; returns call it "
            "`product_name`."
        ),
    ]
    qty: Annotated[
        float,
        Field(description="Of a voided line, what it was. Returns call it `quantity`."),
    ]
    price_unit: float
    discount: float
    tax_ids: list[int]
    price_subtotal: float
    price_subtotal_incl: float
    note: str | None
    customer_note: str | None
    kitchen_item_status: str | None
    is_voided: bool
    uuid: str | None
    metadata: dict[str, Any] | None


class OrderPayment(Out):
    """A payment; change given is a negative one with ``is_change``. ``client_id`` is
    the id its terminal gave it, ``card_no`` the last four digits."""

    id: DatabaseId
    client_id: ClientId | None
    uuid: str | None
    payment_method_id: int
    type: PaymentKind
    amount: float
    is_change: bool
    transaction_id: str | None
    card_type: str | None
    card_brand: str | None
    card_no: str | None
    metadata: dict[str, Any] | None


class OrderDetail(OrderSummary):
    """An order, whole. ``buyer`` is null for a consumer whom nobody named, and for a
    draft."""

    check_alias: str | None
    check_discount: float
    note: str | None
    staff_name: str | None
    buyer: Buyer | None
    employee_id: int | None
    amount_return: Change
    device: str | None
    source: str | None
    external_id: str | None
    metadata: dict[str, Any] | None
    kitchen_bumped_at: str | None
    served_at: datetime | None
    items_count: float
    line_id_map: dict[str, int]
    lines: list[OrderLine]
    payments: list[OrderPayment]


class Pagination(Out):
    """``page``, ``total`` and ``total_pages`` are null on a page reached by cursor:
    orders are counted for numbered pages only.

    ``has_more``: there is another page, which ``next_cursor`` leads to. On the last one
    ``next_cursor`` is null, except with ``updated_since``: there it is where to ask for
    later changes, now or tomorrow.
    """

    page: int | None
    per_page: int
    total: int | None
    total_pages: int | None
    has_more: bool
    next_cursor: str | None


class OrderListAnswer(Status):
    data: list[OrderSummary]
    pagination: Pagination


class OrderDetailAnswer(Status):
    data: OrderDetail


class Problem(Out):
    """``application/problem+json`` (RFC 9457).

    ``code`` is stable, ``error`` repeats ``detail``. ``retryable``: the very same
    request may succeed later. The members after ``errors`` come with the problems
    they belong to.
    """

    type: str
    title: str
    status: int
    detail: str
    error: str
    code: str
    retryable: bool
    request_id: str
    errors: list[ProblemError]
    current: OrderAnswer | None = Field(
        default=None, description="The order as it is, where it stood in the way."
    )
    fiscal: Fiscal | None = Field(
        default=None, description="The number that stood in the way."
    )
    fiscal_type: str | None = Field(
        default=None, description="The type there is no number of."
    )
    permission: str | None = Field(
        default=None, description="What the caller lacks (FORBIDDEN)."
    )
    quarantined: bool | None = Field(
        default=None,
        description="Of a sale that is paid already: true, it is kept here for a "
        "manager and need not be sent again; false, it is not, keep it.",
    )
    quarantine_id: int | None = Field(
        default=None, description="Where a quarantined sale is kept."
    )
    min_client_version: str | None = Field(
        default=None, description="The oldest version served (CLIENT_OUTDATED)."
    )


class OpenApi(BaseModel):
    """An OpenAPI 3.1 document."""

    model_config = ConfigDict(extra="allow")

    openapi: Literal["3.1.0"]
    info: dict[str, Any]
    paths: dict[str, Any]
    components: dict[str, Any]
