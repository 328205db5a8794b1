"""Shapes of approvals: a second person lets one act through."""

from typing import Annotated, Literal

from pydantic import (
    Field,
    SecretStr,
    model_validator,
)

from .base import Amount, Identifier, Out, Reference, Status, Text, Wire
from .permissions import ABOUT_ORDERS, WITH_AMOUNT

ApprovalType = Literal[
    "price_change",
    "discount_over_limit",
    "void_sent_item",
    "refund",
    "cancel_order",
    "session_close",
    "cash_difference",
    "credit_over_limit",
    "reprint",
    "cash_out",
]


class ApprovalRequest(Wire):
    """Ask for an approval with the approver's credentials.

    ``pos_reference``: of the order, where the act is about one. ``amount``: the
    approval covers that much at most; for ``discount_over_limit`` the percentage, else
    DOP: what is returned (``refund``), what was ordered and is taken off
    (``void_sent_item``, ``cancel_order``), what is sold below or above its price
    (``price_change``), what goes on account (``credit_over_limit``), the cash. A
    refusal ``APPROVAL_REQUIRED`` says which in ``needed``.

    The device need not be registered, as it must be to log in by PIN: who asks has
    logged in already, and wrong tries are counted against him.
    """

    type: ApprovalType
    config_id: Identifier
    pos_reference: Reference | None = None
    amount: Annotated[Amount, Field(ge=0)] | None = None
    reason: Text | None = None
    employee_id: Identifier | None = None
    pin: SecretStr | None = None
    badge: SecretStr | None = None
    login: Text | None = None
    password: SecretStr | None = None

    @model_validator(mode="after")
    def _says_what_it_covers(self):
        if self.type in ABOUT_ORDERS and self.pos_reference is None:
            raise ValueError(f"{self.type} needs pos_reference: it is for one order")
        if self.type in WITH_AMOUNT and self.amount is None:
            raise ValueError(f"{self.type} needs amount: it covers that much")
        return self

    @model_validator(mode="after")
    def _one_way(self):
        ways = (
            self.badge is not None,
            self.pin is not None,
            self.login is not None and self.password is not None,
        )
        if sum(ways) != 1:
            raise ValueError(
                "send employee_id and pin, or badge, or login and password"
            )
        return self


class ApprovalUse(Wire):
    """An approval shown with the act it was given for."""

    type: ApprovalType
    token: Annotated[str, Field(min_length=16, max_length=128)]


class Approver(Out):
    id: int | None
    name: str


class ApprovalAnswer(Status):
    """``approval_token`` is told once; send it with the act it was given for."""

    approval_token: str
    approval_id: int
    type: str
    expires_in: int
    approver: Approver
