"""What the table of routes says of one route."""

from dataclasses import dataclass

from pydantic import BaseModel

from . import answers

PREFIX = "/pos-api/v1"

#: Problems any route may answer with, before it even runs.
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
class Route:
    """One operation.

    ``paths`` without a leading slash lie under ``/pos-api/v1``; those after the first
    are aliases. ``permission`` None: any token. ``codes``: what it may refuse beside
    what its kind implies. ``media_type``: of its answers, JSON unless told. ``keyed``:
    it keeps its answers by ``Idempotency-Key``. ``approvable``: who lacks the
    permission may show somebody's approval instead.
    """

    name: str
    paths: tuple[str, ...]
    summary: str
    verbs: tuple[str, ...] = ("POST",)
    permission: str | None = None
    public: bool = False
    session_auth: bool = False
    device_auth: bool = False
    readonly: bool = False
    request: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    response: type[BaseModel] = answers.Status
    statuses: tuple[int, ...] = (200,)
    codes: tuple[str, ...] = ()
    media_type: str = "application/json"
    deprecated: bool = False
    keyed: bool = False
    approvable: bool = False

    @property
    def full_paths(self):
        return tuple(
            path if path.startswith("/") else f"{PREFIX}/{path}".rstrip("/")
            for path in self.paths
        )

    @property
    def problem_codes(self):
        """Every code the route may answer with."""
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
