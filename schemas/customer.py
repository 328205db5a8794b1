"""Shapes of the customer routes: credit, and whose an RNC is."""

from datetime import date
from typing import Annotated, Literal

from pydantic import (
    Field,
)

from .base import Identifier, Money, Status, Text, Warn, Wire


class CreditCheck(Wire):
    """May a customer buy for ``amount`` DOP on credit?"""

    partner_id: Identifier
    amount: Annotated[Money, Field(ge=0)]
    config_id: Identifier | None = None


class CreditCheckAnswer(Status):
    """Amounts in the register's currency (DOP); sales on account that are not booked
    yet count as owed."""

    partner_id: int
    eligible: bool
    credit_limit: float
    current_balance: float
    available_credit: float


class RncCheck(Wire):
    """Whose is an RNC or cédula? With or without dashes."""

    rnc: Annotated[Text, Field(min_length=1)]


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
