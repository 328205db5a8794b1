"""The snapshot: an order as a terminal sends it, draft or sale."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from ..fiscal import ncf
from ..fiscal.canonical import fingerprint, floats_to_decimal
from ..fiscal.money import plain_text
from .approval import ApprovalUse
from .base import (
    Amount,
    Identifier,
    Moment,
    Money,
    Quantity,
    RecordRef,
    Reference,
    Text,
    Wire,
    read_money,
)

MAX_LINES = 500
OrderMode = Literal["order", "return", "payment"]
OrderType = Literal["dine_in", "takeout", "delivery"]
Step = Literal["create", "pay", "ship", "update", "cancel", "all"]
Percent = Annotated[Amount, Field(ge=0, le=100)]
Metadata = Annotated[dict[str, Any], Field(max_length=50)]

#: Other names of ``payments``, the first two as Odoo's own client sends them.
PAYMENT_ALIASES = ("statement_ids", "statementIds", "payment_ids")

#: What outboxes of hubs add to an order for themselves.
OUTBOX_KEYS = ("_hubSnapshot",)


def _received(value):
    amount = read_money(value)
    if amount is not None and amount < 0:
        raise ValueError(
            "must not be negative: a sale says its change in amount_return, a return "
            "pays positive amounts back"
        )
    return amount


def _tax_id(value):
    if isinstance(value, str) and not value.isdecimal():
        raise ValueError("must be the id of a tax, of those that bootstrap lists")
    return value


def _whole_as_text(value):
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


#: A terminal's own id of a part of an order: a text, or a whole number.
ClientId = Annotated[Reference | None, BeforeValidator(_whole_as_text)]
#: Money of a payment, never below zero.
Received = Annotated[Money, Field(ge=0), BeforeValidator(_received)]
TaxId = Annotated[Identifier, BeforeValidator(_tax_id)]


def _uncommand(rows):
    """``[[0, 0, {...}]]``, Odoo's command form, to ``[{...}]``."""
    if not isinstance(rows, list):
        return rows
    return [
        row[2]
        if isinstance(row, (list, tuple)) and len(row) == 3 and row[0] in (0, 1)
        else row
        for row in rows
    ]


def respelled(data):
    """A snapshot as sent, with ``payments`` and ``lines`` under their own names and
    without Odoo's command form; what an outbox added for itself is left out."""
    if not isinstance(data, dict):
        return data
    data = {key: value for key, value in data.items() if key not in OUTBOX_KEYS}
    for alias in PAYMENT_ALIASES:
        if alias in data and "payments" not in data:
            data["payments"] = data.pop(alias)
    for key in ("payments", "lines"):
        if key in data:
            data[key] = _uncommand(data[key])
    return data


def carries_payments(data):
    """Whether a snapshot, as sent, says that money was taken."""
    if not isinstance(data, dict):
        return False
    names = ("payments", *PAYMENT_ALIASES)
    return any(isinstance(data.get(name), list) and data[name] for name in names)


#: What is said of goods that come back within a sale.
NOT_RETURNED = "must be positive: goods come back by a credit note"


def _error(message, location, given):
    """A finding of a validator about what lies within its field."""
    kind = PydanticCustomError("value_error", "{message}", {"message": message})
    return InitErrorDetails(type=kind, loc=location, input=given)


class Line(Wire):
    """One line of an order.

    ``price_unit`` is the price before discounts, in the register's currency (DOP),
    without the taxes that are not included in prices. ``discount`` is a percentage.
    ``qty`` has up to two decimals, three where the product is weighed (``to_weight``
    in the bootstrap).
    """

    id: Annotated[
        ClientId,
        Field(
            description="The terminal's own id of the line: answers call it "
            "`client_id`, their `id` is the database's."
        ),
    ] = None
    product_id: Identifier | None = None
    product: RecordRef | None = None
    qty: Annotated[
        Quantity,
        Field(
            description="Up to two decimals, three where the product is weighed "
            "(`to_weight`)."
        ),
    ] = Decimal(1)
    price_unit: Annotated[Amount, Field(ge=0)] | None = None
    discount: Percent = Decimal(0)
    tax_ids: list[TaxId] | None = None
    note: Text | None = None
    customer_note: Text | None = None
    is_voided: bool = False
    void_reason: Text | None = None
    uuid: Text | None = None
    kitchen_item_status: Text | None = None
    metadata: Metadata | None = None

    @model_validator(mode="after")
    def _names_a_product(self):
        if self.product_id is None and self.product is None:
            raise ValueError("product_id or product is required")
        return self


class Payment(Wire):
    """One payment of a sale; ``is_credit`` puts it on the customer's account."""

    id: Annotated[
        ClientId,
        Field(
            description="The terminal's own id of the payment: answers call it "
            "`client_id`."
        ),
    ] = None
    payment_method_id: Identifier | None = None
    payment_method: RecordRef | None = None
    amount: Annotated[
        Received,
        Field(description="What was handed over, change included; never negative."),
    ]
    is_credit: bool = False
    transaction_id: Text | None = None
    card_type: Text | None = None
    card_brand: Text | None = None
    card_no: Annotated[Text, Field(max_length=4)] | None = None
    uuid: Text | None = None
    metadata: Metadata | None = None

    @model_validator(mode="after")
    def _names_a_method(self):
        if (
            self.payment_method_id is None
            and self.payment_method is None
            and not self.is_credit
        ):
            raise ValueError("payment_method_id or payment_method is required")
        return self


class Snapshot(Wire):
    """The whole of an order as a terminal sees it.

    Without payments it is a draft, with payments it is a sale to finalize. Keys that an
    outbox adds for itself (``_hubSnapshot``) are ignored.
    ``void_reason``, of a line or of the order: why something is taken off that the
    kitchen has (lines left out, with a smaller ``qty`` or ``is_voided``; ``step``
    ``cancel``).
    """

    pos_reference: Annotated[
        Reference,
        Field(
            description="The terminal's own reference of the order; a repeat is known "
            "by it. The fiscal number is another thing: `fiscal.reference`."
        ),
    ]
    config_id: Identifier | None = None
    config: RecordRef | None = None
    session_id: Identifier | None = None
    table_id: Identifier | None = None
    table: RecordRef | None = None
    guest_count: Annotated[int, Field(ge=0, le=1000)] | None = None
    mode: Annotated[
        OrderMode,
        Field(
            description="Only an `order` is sold. A draft of mode `return` or "
            "`payment` is kept with the warning `MODE_NOT_SOLD` and never gets a "
            "number: goods come back by `orders/{ref}/refunds`, invoices are paid in "
            "Odoo."
        ),
    ] = "order"
    order_type: OrderType | None = None
    partner_id: Identifier | None = None
    customer: Annotated[
        RecordRef | None,
        Field(
            description="Instead of `partner_id`: an RNC or cédula with or without "
            "dashes, or an object of `rnc` (also `vat`), `ref`, `barcode`, `phone`, "
            "`email`, `name`."
        ),
    ] = None
    employee_id: Identifier | None = None
    staff_name: Text | None = None
    fiscal_type: Annotated[
        Text | None,
        Field(
            description="`B02`, `02`, `E32`, `32` or a word (`consumidor final`, "
            "`credito fiscal`, `regimen especial`, `gubernamental`, `exportacion`); "
            "absent: the customer's or the register's."
        ),
    ] = None
    lines: Annotated[list[Line], Field(max_length=MAX_LINES)]
    check_discount: Percent = Decimal(0)
    check_alias: Text | None = None
    ticket_number: Text | None = None
    note: Text | None = None
    kitchen_status: Literal["open", "sent", "changed", "paid"] | None = None
    kitchen_bumped_at: Text | None = None
    amount_total: Money | None = None
    amount_tax: Money | None = None
    amount_paid: Annotated[
        Money | None,
        Field(
            description="Compared: either what was handed over (1,500.00 for a check "
            "of 1,152.00) or what was kept of it (1,152.00). Answers say what was kept."
        ),
    ] = None
    amount_return: Annotated[
        Annotated[Money, Field(ge=0)] | None,
        Field(description="Compared: the change, positive."),
    ] = None
    payments: Annotated[list[Payment], Field(max_length=50)] | None = None
    date_order: Moment | None = None
    base_version: Annotated[int, Field(ge=0)] | None = None
    replace: bool = False
    uuid: Text | None = None
    source: Text | None = None
    external_id: Text | None = None
    step: Step | None = None
    void_reason: Text | None = None
    approvals: Annotated[list[ApprovalUse], Field(max_length=10)] | None = None
    metadata: Metadata | None = None

    @model_validator(mode="before")
    @classmethod
    def _odoo_spellings(cls, data):
        return respelled(data)

    @field_validator("lines")
    @classmethod
    def _lines_fit_together(cls, lines, info):
        """Judged with the shape, so that they are told beside what else is wrong."""
        errors, places = [], {}
        for index, line in enumerate(lines):
            place = places.setdefault(line.id, index) if line.id else index
            if place != index:
                message = f"two lines carry the same id: lines[{place}] has it, too"
                errors.append(_error(message, (index, "id"), line.id))
            if line.qty < 0 and info.data.get("mode") in ("order", "payment"):
                errors.append(_error(NOT_RETURNED, (index, "qty"), line.qty))
        if errors:
            raise ValidationError.from_exception_data("lines", errors)
        return lines

    @property
    def is_sold(self):
        """Whether it was read as a sale that is paid already, see ``schemas.sold``."""
        return False

    @property
    def is_sale(self):
        """With payments, or told so, it is to be finalized."""
        if self.step in ("create", "update"):
            return False
        return bool(self.payments) or self.step in ("pay", "all")

    def content_fingerprint(self, resolved=None):
        """Hash of what a repeat must not change: lines, discounts, totals, payments
        and fiscal type. Times, notes and spellings do not count.

        :param resolved: ``{path: id}`` of what is not named by id
        """
        resolved = resolved or {}
        return fingerprint(
            {
                "lines": [
                    {
                        "id": line.id,
                        "product": line.product_id
                        or resolved.get(f"lines[{index}].product", line.product),
                        "qty": line.qty,
                        "price": line.price_unit,
                        "discount": line.discount,
                        "voided": line.is_voided,
                    }
                    for index, line in enumerate(self.lines)
                ],
                "check_discount": self.check_discount,
                "total": self.amount_total,
                "fiscal_type": self._plain_fiscal_type(),
                "payments": sorted(
                    [
                        str(
                            payment.payment_method_id
                            or resolved.get(
                                f"payments[{index}].payment_method",
                                payment.payment_method,
                            )
                        ),
                        plain_text(payment.amount),
                        str(payment.is_credit),
                    ]
                    for index, payment in enumerate(self.payments or ())
                    if payment.amount
                ),
            }
        )

    def request_fingerprint(self):
        """Hash of all that was sent, approvals aside: the very same request again."""
        asked = self.model_dump(
            exclude_none=True, exclude_defaults=True, exclude={"approvals"}
        )
        return fingerprint(floats_to_decimal(asked))

    def fingerprints(self, resolved):
        """The text a sale keeps of the request it was made of:
        ``2:<content as named>:<content by ids>:<whole request>``.

        The first is of names as the client wrote them, so that a repeat is recognised
        whatever became of the records they meant; the second is of the records that
        were sold, so that it is recognised in another spelling, too.

        :param resolved: as in :meth:`content_fingerprint`
        """
        named = self.content_fingerprint()
        sold = self.content_fingerprint(resolved) if resolved else named
        return f"2:{named}:{sold}:{self.request_fingerprint()}"

    def named_references(self):
        """``{kind: [(path, reference)]}`` of products and payment methods that are
        named by something else than their id."""
        return {
            "product": [
                (f"lines[{index}].product", line.product)
                for index, line in enumerate(self.lines)
                if not line.product_id
            ],
            "payment_method": [
                (f"payments[{index}].payment_method", payment.payment_method)
                for index, payment in enumerate(self.payments or ())
                if not payment.payment_method_id and payment.payment_method
            ],
        }

    def _plain_fiscal_type(self):
        try:
            return self.fiscal_type and ncf.resolve_type(self.fiscal_type)
        except ncf.NcfError:
            return self.fiscal_type
