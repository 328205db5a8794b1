"""The body of a refusal: ``application/problem+json``."""

from pydantic import (
    Field,
)

from .base import Out
from .fiscal_block import Fiscal
from .order import OrderAnswer


class ProblemError(Out):
    """One finding; ``path`` names the field (``body``: the whole), ``given`` and
    ``expected`` are texts; ``expected`` what would be right, as far as it can be
    listed."""

    path: str
    message: str
    given: str | None = None
    expected: str | None = None


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
