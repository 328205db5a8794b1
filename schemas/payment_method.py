"""Shapes of the payment methods of a register."""

from typing import Literal

from .base import Identifier, Out, Status, Wire

PaymentKind = Literal[
    "cash", "card", "transfer", "credit", "voucher", "barter", "other"
]


class RegisterQuery(Wire):
    """A question about one register."""

    config_id: Identifier | None = None


class PaymentMethod(Out):
    id: int
    name: str
    type: PaymentKind

    @classmethod
    def from_record(cls, method) -> dict:
        return cls.closed(id=method.id, name=method.name, type=method._nu_api_type())


class PaymentMethodsAnswer(Status):
    config_id: int
    payment_methods: list[PaymentMethod]
