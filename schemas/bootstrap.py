"""Shapes of what a terminal loads when it starts."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import (
    Field,
)

from .auth import TerminalSettings, User
from .base import Identifier, Moment, Out, Status, Wire
from .fiscal_block import TaxpayerId
from .payment_method import PaymentMethod
from .snapshot import OrderType

Section = Literal[
    "catalogue",
    "discount_presets",
    "fiscal_types",
    "floor_plan",
    "partners",
    "payment_methods",
    "pos_core_data",
    "printers",
    "taxes",
]


class Bootstrap(Wire):
    """The register to start, by default that of the token.

    ``sections``: only these, beside the user, the register and the company.
    ``since``: the ``generated_at`` of an earlier answer; of products and customers
    only what changed since is told again.
    """

    config_id: Identifier | None = None
    sections: Annotated[list[Section], Field(min_length=1)] | None = None
    since: Moment | None = None


Role = Literal["manager", "cashier", "waiter"]
MaxDiscount = Annotated[
    float,
    Field(
        description="Greatest discount in percent; 0 means that there is no cap. Who "
        "may give none has no permission `discount`; `max_discount_pct` tells both."
    ),
]
MaxDiscountPct = Annotated[
    float,
    Field(description="Greatest discount in percent; null: no cap, 0: no discount."),
]


class BootUser(User):
    """``permissions`` hold on the register; ``max_discount`` in percent,
    0: no cap; ``max_discount_pct`` the same, null: no cap, 0: none."""

    permissions: dict[str, bool]
    max_discount: MaxDiscount
    max_discount_pct: MaxDiscountPct | None


class EcfTrouble(Out):
    """Of electronic receipts: ``contingency`` ``offline`` (signed and printed with a
    legend, sent later) or ``incapable`` (series B meanwhile), begun at ``since``, to be
    over by ``limit``; counts of what is ``waiting`` and was ``rejected``; ``late``: one
    waits for more than 72 hours."""

    contingency: Literal["offline", "incapable"] | None
    since: datetime | None
    limit: datetime | None
    waiting: int
    rejected: int
    late: bool


class SeriesB(Out):
    """Sales that name no series get numbers of series B, and series B has ended: its
    last day was ``until``, by ``norm``. No sale is refused for it."""

    until: date
    norm: str


class BootCompany(Out):
    """``ecf`` is null as long as all is well; ``series_b`` as long as series B is in
    force, and where the company issues e-CF, is in a contingency or has an application
    pending.

    ``tax_calculation_rounding_method``: whether taxes are rounded in each line
    (``round_per_line``) or once for the order (``round_globally``); totals that differ
    by a cent are refused.
    """

    id: int
    name: str
    rnc: TaxpayerId | None
    phone: str | None
    email: str | None
    address: str | None
    tax_calculation_rounding_method: Literal["round_per_line", "round_globally"]
    ecf: EcfTrouble | None
    series_b: SeriesB | None


class Currency(Out):
    id: int
    name: str
    symbol: str
    rounding: float


class Preset(Out):
    """A way of serving. ``order_type`` is what orders name it by."""

    id: int
    name: str
    order_type: OrderType | None
    fiscal_position_id: int | None
    is_default: bool


class OpenCheck(Out):
    order_id: int
    pos_reference: str | None
    guest_count: int
    amount_total: float
    version: int


class Table(Out):
    """Positions and sizes in pixels of the floor plan."""

    id: int
    table_number: int
    seats: int
    shape: Literal["square", "round"]
    position_h: float
    position_v: float
    width: float
    height: float
    color: str | None
    parent_id: int | None
    state: Literal["available", "occupied"]
    orders: list[OpenCheck]


class Floor(Out):
    id: int
    name: str
    background_color: str | None
    tables: list[Table]


class BootRegister(TerminalSettings):
    """The register. ``floor_plan`` is absent where the sections leave it out."""

    id: int
    uuid: str
    name: str
    company_id: int
    session_id: int | None
    currency: Currency
    default_partner_id: Annotated[
        int | None,
        Field(
            description="The customer of a sale that names none; among the `partners`, "
            "if those are shown."
        ),
    ]
    default_fiscal_type: str | None
    invoice_policy: Literal["always", "identified"]
    restrict_price_control: bool
    receipt_header: str | None
    receipt_footer: str | None
    presets: list[Preset]
    floor_plan: list[Floor] | None = None


class PosUser(Out):
    """One who may log in on the register; ``max_discount`` in percent,
    0: no cap; ``max_discount_pct`` the same, null: no cap, 0: none."""

    id: int
    user_id: int | None
    name: str
    role: Role
    has_pin: bool
    has_badge: bool
    max_discount: MaxDiscount
    max_discount_pct: MaxDiscountPct | None
    permissions: dict[str, bool]


class CoreData(Out):
    pos_users: list[PosUser]


class Tax(Out):
    """``amount`` is a percentage; a ``group`` charges its children, and its ``amount``
    is what they add up to."""

    id: int
    name: str
    amount: float
    amount_type: str
    price_include: bool
    include_base_amount: bool
    is_base_affected: bool
    sequence: int
    company_id: int
    children_tax_ids: list[int]
    is_tip: bool


class FiscalPosition(Out):
    id: int
    name: str
    takeout: bool


class FiscalPositionTax(Out):
    """What a tax becomes in a position, one row a target; false: it falls away."""

    id: int
    position_id: int
    tax_src_id: int
    tax_dest_id: int | Literal[False]


class Category(Out):
    id: int
    name: str
    parent_id: int | None
    sequence: int
    color: int


class Product(Out):
    """``price``: of one unit, by the register's price list, in its currency."""

    id: int
    product_tmpl_id: int
    name: str
    code: str | None
    barcode: str | None
    price: float
    tax_ids: list[int]
    category_ids: list[int]
    uom: str
    to_weight: Annotated[
        bool,
        Field(
            description="Sold by weight: quantities have up to three decimals, those "
            "of other products up to two."
        ),
    ]
    type: str
    favorite: bool


class Partner(Out):
    """``credit_limit`` in the company's currency (DOP); 0: no credit."""

    id: int
    name: str
    rnc: TaxpayerId | None
    foreign_id: str | None
    phone: str | None
    email: str | None
    fiscal_type: str | None
    credit_limit: float


class FiscalType(Out):
    """A type a sale may ask for; ``remaining``: numbers that are left, and the last day
    of those in use."""

    code: str
    name: str
    electronic: bool
    buyer: str
    exempt: bool
    remaining: int
    expiration_date: date | None


class DiscountPreset(Out):
    """``value`` in percent or DOP; an ``editable`` one only starts from it."""

    id: int
    name: str
    type: Literal["fixed_percent", "fixed_amount", "open_percent", "open_amount"]
    applies_to: Literal["item", "check", "both"]
    value: float
    editable: bool


class Printer(Out):
    """A kitchen printer and the categories it prints."""

    id: int
    name: str
    type: str
    address: str | None
    category_ids: list[int]


class Note(Out):
    id: int
    name: str
    color: int


class BootstrapAnswer(Status, TerminalSettings):
    """Keys of sections that were not asked for are absent.

    ``generated_at`` is the ``since`` of the next call; ``product_ids`` and
    ``partner_ids`` then name all there are, so that a client can drop the others.
    """

    generated_at: datetime
    user: BootUser
    company: BootCompany
    config: BootRegister
    pos_core_data: CoreData | None = None
    taxes: list[Tax] | None = None
    fiscal_positions: list[FiscalPosition] | None = None
    fiscal_position_taxes: list[FiscalPositionTax] | None = None
    categories: list[Category] | None = None
    products: list[Product] | None = None
    product_ids: list[int] | None = None
    partners: list[Partner] | None = None
    partner_ids: list[int] | None = None
    payment_methods: list[PaymentMethod] | None = None
    fiscal_types: list[FiscalType] | None = None
    discount_presets: list[DiscountPreset] | None = None
    printers: list[Printer] | None = None
    notes: list[Note] | None = None
