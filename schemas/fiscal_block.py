"""Shapes of a document's number and of what a receipt prints of it."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import (
    Field,
)

from .base import Out

NcfState = Literal["reserved", "issued", "released", "voided"]
TaxpayerId = Annotated[
    str,
    Field(
        description="RNC or cédula in digits. A `customer` is named by it as "
        "`rnc` or `vat`, with or without dashes."
    ),
]


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
