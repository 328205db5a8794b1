"""What the description of the API says of one operation, and what the gate asks for."""

from dataclasses import dataclass

from pydantic import BaseModel

from .base import Status

PREFIX = "/pos-api/v1"

#: Problems any operation may answer with, before it even runs.
COMMON = (
    "BAD_REQUEST",
    "METHOD_NOT_ALLOWED",
    "RATE_LIMITED",
    "INTERNAL",
    "BUSY",
    "UNAVAILABLE",
)
WITH_BODY = ("BAD_JSON", "TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE", "VALIDATION")
WITH_TOKEN = ("UNAUTHENTICATED", "TOKEN_EXPIRED", "FORBIDDEN", "CLIENT_OUTDATED")
WRITES = ("IN_PROGRESS",)
WITH_KEY = ("IDEMPOTENCY_MISMATCH", "VALIDATION")
REGISTER = ("VALIDATION", "UNKNOWN_REFERENCE")
DRAFT = (
    *REGISTER,
    "AMBIGUOUS_REFERENCE",
    "SESSION_CLOSED",
    "TOTALS_MISMATCH",
    "CONFLICT",
    "ORDER_CANCELLED",
    "ORDER_PAID",
    "APPROVAL_REQUIRED",
)
GIVES_BACK = (
    "NOT_FOUND",
    "VALIDATION",
    "UNKNOWN_REFERENCE",
    "AMBIGUOUS_REFERENCE",
    "CONFLICT",
    "SESSION_CLOSED",
    "TOTALS_MISMATCH",
    "IDEMPOTENCY_MISMATCH",
    "APPROVAL_REQUIRED",
    "NCF_EXHAUSTED",
    "NCF_EXPIRED",
    "NCF_NO_RANGE",
    "ECF_NO_CERTIFICATE",
    "ECF_INVALID",
)
NUMBER = ("NCF_EXHAUSTED", "NCF_EXPIRED", "NCF_NO_RANGE", "CONFLICT")


@dataclass(frozen=True)
class Operation:
    """One route with its methods, as ``@operation`` declares it.

    ``paths`` without a leading slash lie under ``/pos-api/v1``; those after the first
    are aliases. ``permission`` None: any token. ``body`` and ``query``: shapes the gate
    reads the request as, before it asks for the permission. ``unread``: the body goes
    on as it was sent, to be read where it is used. ``codes``: what it may refuse beside
    what its kind implies. ``media_type``: of its answers, JSON by default. ``keyed``: a
    repeat under the same ``Idempotency-Key`` gets the same answer. ``approvable``: an
    approval may stand in for the permission; the route itself checks it.
    ``session_auth``: callers of Odoo's web session are let in too. ``device_auth``: a
    registered device may call with its secret, before anybody has logged in.
    ``readonly``: may be served by a replica of the database. ``like``: the
    operation that this one is another name of.
    """

    name: str
    verbs: tuple[str, ...]
    paths: tuple[str, ...]
    summary: str = ""
    permission: str | None = None
    public: bool = False
    session_auth: bool = False
    device_auth: bool = False
    readonly: bool = False
    body: type[BaseModel] | None = None
    unread: bool = False
    query: type[BaseModel] | None = None
    answer: type[BaseModel] = Status
    statuses: tuple[int, ...] = (200,)
    codes: tuple[str, ...] = ()
    media_type: str = "application/json"
    deprecated: bool = False
    keyed: bool = False
    approvable: bool = False
    like: "Operation | None" = None
    #: Method of the controller that serves it.
    method: str = ""

    @property
    def full_paths(self) -> tuple[str, ...]:
        return tuple(
            path if path.startswith("/") else f"{PREFIX}/{path}".rstrip("/")
            for path in self.paths
        )

    @property
    def tag(self) -> str:
        """Name of the resource it is about."""
        return self.name.partition(".")[0]

    @property
    def problem_codes(self) -> tuple[str, ...]:
        """Every code it may answer with."""
        codes = {*COMMON, *self.codes}
        if "POST" in self.verbs:
            codes.update(WITH_BODY)
        if not self.public:
            codes.update(WITH_TOKEN)
        else:
            codes.update(("CLIENT_OUTDATED",))
        if not self.readonly and not self.public:
            codes.update(WRITES)
        if self.keyed:
            codes.update(WITH_KEY)
        return tuple(sorted(codes))
