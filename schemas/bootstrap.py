"""What a terminal asks for when it starts."""

from typing import Annotated, Literal

from pydantic import Field

from .base import Identifier, Moment, Wire

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
