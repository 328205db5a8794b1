"""Shapes of approvals: a second person lets one act through."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from .base import Amount, Identifier, Reference, Text, Wire

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

    ``amount``: for ``discount_over_limit`` the percentage asked for, for
    ``credit_over_limit`` and cash the DOP; the approval covers that much at most.
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
