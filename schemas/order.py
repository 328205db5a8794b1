"""Shapes of the orders: filters of lists, and what is answered."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    field_validator,
)

from .base import (
    Day,
    Identifier,
    Moment,
    Out,
    Page,
    Reference,
    Status,
    Text,
    Warn,
    Wire,
    utc_text,
)
from .fiscal_block import Buyer, Fiscal
from .payment_method import PaymentKind

ListedState = Literal["draft", "paid", "cancelled"]


class OrderQuery(Wire):
    """Filters of the list of orders; pages begin at 1.

    ``cursor`` is ``pagination.next_cursor`` of the page before: it leads to the page
    that follows, at the same cost however far it is, and skips or repeats nothing when
    orders are added meanwhile. Filters stay the same; ``page`` is left out. With
    ``updated_since`` the last page has one, too: to ask again from it later is how a
    client follows changes. What changed in the last minutes may then come again, as
    what was written first is not always stored first; ``version`` tells.
    """

    config_id: Identifier | None = None
    session_id: Identifier | None = None
    table_id: Identifier | None = None
    state: ListedState | None = None
    status: Annotated[
        ListedState | None, Field(description="Another name of `state`.")
    ] = None
    partner_id: Annotated[
        Identifier | None, Field(description="Orders of this customer.")
    ] = None
    employee_id: Annotated[
        Identifier | None, Field(description="Orders of this employee.")
    ] = None
    date_from: Annotated[
        Day | None,
        Field(description="From this day on (`date_order`, in Santo Domingo)."),
    ] = None
    date_to: Annotated[
        Day | None, Field(description="Up to this day, the whole of it.")
    ] = None
    pos_reference: Annotated[
        Reference | None, Field(description="The reference its terminal gave it.")
    ] = None
    fiscal_number: Annotated[
        Text | None,
        Field(description="NCF or e-NCF: `fiscal.reference` of the answers."),
    ] = None
    updated_since: Moment | None = None
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    per_page: Annotated[int, Field(ge=1, le=1_000_000)] = 50
    cursor: Annotated[Text, Field(max_length=200)] | None = None

    @field_validator("status")
    @classmethod
    def _says_what_state_says(cls, status, info):
        state = info.data.get("state")
        if status and state and status != state:
            raise ValueError(f"is another name of state, which is {state} here")
        return status


OrderState = Literal["draft", "paid", "cancelled"]
KitchenStatus = Literal["open", "sent", "changed", "paid"]
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

    @classmethod
    def from_record(cls, order, **more) -> dict:
        """
        :param more: members of a shape with more of them
        """
        return cls.closed(
            id=order.id,
            uuid=order.uuid,
            pos_reference=order.pos_reference or None,
            tracking_number=order.tracking_number or None,
            config_id=order.config_id.id,
            session_id=order.session_id.id or None,
            state=order._nu_state(),
            status=order._nu_state(),
            mode=order.nu_mode or "order",
            order_type=order.preset_id.nu_order_type or None,
            kitchen_status=order.nu_kitchen_status or None,
            table_id=order.table_id.id or None,
            guest_count=order.customer_count,
            partner_id=order.partner_id.id or None,
            amount_total=order.amount_total,
            amount_tax=order.amount_tax,
            amount_itbis=order.nu_amount_itbis,
            amount_tip=order.nu_amount_tip,
            amount_paid=order.amount_paid,
            version=order.nu_version,
            date_order=utc_text(order.date_order),
            created_at=utc_text(order.create_date),
            updated_at=utc_text(order.write_date),
            fiscal=order._nu_fiscal(),
            **more,
        )


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

    @classmethod
    def from_record(cls, line) -> dict:
        return cls.closed(
            id=line.id,
            client_id=line.nu_client_id or None,
            product_id=line.product_id.id,
            name=line.full_product_name or None,
            qty=line.nu_voided_qty if line.nu_is_voided else line.qty,
            price_unit=line.price_unit,
            discount=line.nu_item_discount,
            tax_ids=line.tax_ids.ids,
            price_subtotal=line._nu_signed()[0],
            price_subtotal_incl=line._nu_signed()[1],
            note=line.note or None,
            customer_note=line.customer_note or None,
            kitchen_item_status=line.nu_kitchen_item_status or None,
            is_voided=line.nu_is_voided,
            uuid=line.uuid or None,
            metadata=line.nu_metadata or None,
        )


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

    @classmethod
    def from_record(cls, payment) -> dict:
        return cls.closed(
            id=payment.id,
            client_id=payment.nu_client_id or None,
            uuid=payment.uuid or None,
            payment_method_id=payment.payment_method_id.id,
            type=payment._nu_form(),
            amount=payment.amount,
            is_change=payment.is_change,
            transaction_id=payment.transaction_id or None,
            card_type=payment.card_type or None,
            card_brand=payment.card_brand or None,
            card_no=payment.card_no or None,
            metadata=payment.nu_metadata or None,
        )


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

    @classmethod
    def from_record(cls, order, **more) -> dict:
        return super().from_record(
            order,
            check_alias=order._nu_alias(),
            check_discount=order.nu_check_discount,
            note=order.general_customer_note or None,
            staff_name=order.nu_staff_name or None,
            buyer=order._nu_buyer_out(),
            employee_id=order.employee_id.id or None,
            amount_return=abs(order.amount_return),
            device=order.nu_device or None,
            source=order.nu_external_source or None,
            external_id=order.nu_external_id or None,
            metadata=order.nu_metadata or None,
            kitchen_bumped_at=order.nu_kitchen_bumped_at or None,
            served_at=utc_text(order.nu_date_served),
            items_count=sum(order.lines.mapped("qty")),
            line_id_map=order._nu_line_id_map(),
            lines=[OrderLine.from_record(line) for line in order.lines],
            payments=[OrderPayment.from_record(one) for one in order.payment_ids],
            **more,
        )


class OrderListAnswer(Page[OrderSummary]):
    pass


class OrderDetailAnswer(Status):
    data: OrderDetail
