"""The one table of the API: paths, methods, permission, shapes and problems of every
route. Controllers are declared from it, the gate enforces it, the description of the
API is built from it, and the tests walk it."""

from dataclasses import dataclass

from pydantic import BaseModel

from . import (
    answers,
    approval,
    auth,
    bootstrap,
    bootstrap_answers,
    fiscal_document,
    order,
    refund,
    refund_answers,
    sequence,
)

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


_ROUTES = (
    Route(
        "health",
        ("health",),
        "Is the service up, database included",
        verbs=("GET", "POST"),
        public=True,
        readonly=True,
    ),
    Route(
        "api.description",
        ("openapi.json",),
        "This description",
        verbs=("GET",),
        public=True,
        readonly=True,
        response=answers.OpenApi,
        statuses=(200, 304),
    ),
    Route(
        "api.docs",
        ("docs",),
        "This description, for people",
        verbs=("GET",),
        public=True,
        readonly=True,
        statuses=(200, 304),
        media_type="text/html",
    ),
    Route(
        "auth.login",
        ("auth/login",),
        "Exchange credentials for an access and a refresh token",
        public=True,
        request=auth.Login,
        response=answers.LoginAnswer,
        codes=(
            "BAD_CREDENTIALS",
            "RATE_LIMITED",
            "UNAUTHENTICATED",
            "FORBIDDEN",
            "UNKNOWN_REFERENCE",
        ),
    ),
    Route(
        "auth.refresh",
        ("auth/refresh",),
        "Exchange a refresh token for a new pair of tokens",
        public=True,
        request=auth.Refresh,
        response=answers.TokenAnswer,
        codes=("UNAUTHENTICATED", "TOKEN_EXPIRED"),
    ),
    Route(
        "auth.logout",
        ("auth/logout",),
        "End the session of the token",
    ),
    Route(
        "auth.users",
        ("auth/users",),
        "Who may log in on a register, for a registered device or any token",
        verbs=("GET",),
        device_auth=True,
        readonly=True,
        query=auth.UsersQuery,
        response=answers.UsersAnswer,
        codes=REGISTER,
    ),
    Route(
        "auth.me",
        ("auth/me",),
        "Whom the token belongs to",
        verbs=("GET", "POST"),
        readonly=True,
        response=answers.MeAnswer,
    ),
    Route(
        "bootstrap.load",
        ("bootstrap",),
        "Everything a terminal works with, at its start",
        readonly=True,
        request=bootstrap.Bootstrap,
        response=bootstrap_answers.BootstrapAnswer,
        codes=REGISTER,
    ),
    Route(
        "orders.create",
        ("orders/create",),
        "Create or update a draft",
        permission="create_order",
        request=order.Snapshot,
        response=answers.OrderAnswer,
        statuses=(200, 201),
        codes=DRAFT,
        keyed=True,
    ),
    Route(
        "orders.create.legacy",
        ("/pos-react/api/orders/create", "/pos-react/api/orders/update"),
        "Create or update a draft, by the older paths",
        permission="create_order",
        session_auth=True,
        deprecated=True,
        request=order.Snapshot,
        response=answers.OrderAnswer,
        statuses=(200, 201),
        codes=DRAFT,
        keyed=True,
    ),
    Route(
        "orders.post",
        ("orders",),
        "Create or update a draft",
        permission="create_order",
        request=order.Snapshot,
        response=answers.OrderAnswer,
        statuses=(200, 201),
        codes=DRAFT,
        keyed=True,
    ),
    Route(
        "orders.list",
        ("orders",),
        "Orders, newest first; with updated_since oldest change first",
        verbs=("GET",),
        permission="view_orders",
        readonly=True,
        query=order.OrderQuery,
        response=answers.OrderListAnswer,
        codes=("VALIDATION",),
    ),
    Route(
        "orders.detail",
        ("orders/<string:ref>",),
        "One order, whole, by id or uuid",
        verbs=("GET",),
        permission="view_orders",
        readonly=True,
        response=answers.OrderDetailAnswer,
        codes=("NOT_FOUND",),
    ),
    Route(
        "orders.reserve",
        ("orders/reserve-ncf",),
        "Take the number of an order before it is finalized, or tell it again",
        permission="payment",
        request=order.Reservation,
        response=answers.ReservationAnswer,
        codes=(*REGISTER, *NUMBER, "ORDER_PAID", "ORDER_CANCELLED"),
        keyed=True,
    ),
    Route(
        "orders.release",
        ("orders/release-ncf",),
        "Give a reserved number back, or annul it if it was printed",
        permission="payment",
        request=order.Release,
        response=answers.ReleaseAnswer,
        codes=(*REGISTER, "NOT_FOUND", "ORDER_PAID"),
        keyed=True,
    ),
    Route(
        "orders.refund",
        ("orders/<string:ref>/refunds",),
        "Give back a paid order, or some of its lines, with its credit note",
        permission="refund",
        approvable=True,
        request=refund.Refund,
        response=refund_answers.RefundAnswer,
        statuses=(200, 201),
        codes=GIVES_BACK,
        keyed=True,
    ),
    Route(
        "orders.cancel",
        ("orders/<string:ref>/cancel",),
        "Cancel a draft, or give a paid order back whole",
        permission="void_item",
        approvable=True,
        request=refund.Cancel,
        response=refund_answers.CancelAnswer,
        statuses=(200, 201),
        codes=(*GIVES_BACK, "ORDER_PAID"),
        keyed=True,
    ),
    Route(
        "orders.credit_note",
        ("orders/credit-note",),
        "The credit note of an order that has a number and no note yet",
        permission="refund",
        approvable=True,
        request=refund.CreditNote,
        response=refund_answers.CreditNoteAnswer,
        statuses=(200, 201),
        codes=GIVES_BACK,
        keyed=True,
    ),
    Route(
        "refunds.list",
        ("refunds",),
        "Returns, newest first; with updated_since oldest change first",
        verbs=("GET",),
        permission="view_orders",
        readonly=True,
        query=refund.RefundQuery,
        response=answers.OrderListAnswer,
        codes=("VALIDATION",),
    ),
    Route(
        "refunds.detail",
        ("refunds/<string:ref>",),
        "One return with its original, by id or uuid",
        verbs=("GET",),
        permission="view_orders",
        readonly=True,
        response=refund_answers.RefundDetailAnswer,
        codes=("NOT_FOUND",),
    ),
    Route(
        "documents.list",
        ("fiscal-documents",),
        "Documents that were issued, newest first",
        verbs=("GET",),
        permission="payment",
        readonly=True,
        query=fiscal_document.DocumentQuery,
        response=fiscal_document.DocumentListAnswer,
        codes=REGISTER,
    ),
    Route(
        "documents.issue",
        ("fiscal-documents",),
        "A document for a sale that has none, or one of another type",
        permission="payment",
        request=fiscal_document.DocumentRequest,
        response=fiscal_document.DocumentIssuedAnswer,
        statuses=(200, 201),
        codes=(*GIVES_BACK, "RNC_REQUIRED", "RNC_INVALID"),
        keyed=True,
    ),
    Route(
        "documents.detail",
        ("fiscal-documents/<string:ref>",),
        "One document with its transmission, by id or number",
        verbs=("GET",),
        permission="payment",
        readonly=True,
        response=fiscal_document.DocumentDetailAnswer,
        codes=("NOT_FOUND",),
    ),
    Route(
        "documents.annul",
        ("fiscal-documents/<string:ref>/annul",),
        "Annul a number that reached nobody",
        permission="annul_ncf",
        request=fiscal_document.Annulment,
        response=fiscal_document.DocumentDetailAnswer,
        codes=GIVES_BACK,
        keyed=True,
    ),
    Route(
        "sequences.list",
        ("fiscal-sequences",),
        "Authorised ranges with what is left of each",
        verbs=("GET",),
        permission="settings",
        readonly=True,
        query=sequence.SequenceQuery,
        response=sequence.SequenceListAnswer,
        codes=REGISTER,
    ),
    Route(
        "sequences.add",
        ("fiscal-sequences",),
        "Add a range that DGII authorised",
        permission="settings",
        request=sequence.NewSequence,
        response=sequence.SequenceAnswer,
        statuses=(201,),
        codes=(*REGISTER, "CONFLICT"),
    ),
    Route(
        "sequences.change",
        ("fiscal-sequences/<int:range_id>",),
        "Close a range, or correct what lies ahead of it",
        verbs=("PATCH", "POST"),
        permission="settings",
        request=sequence.SequenceChange,
        response=sequence.SequenceAnswer,
        codes=("NOT_FOUND", "CONFLICT", "VALIDATION"),
    ),
    Route(
        "hub.finalize",
        ("hub/finalize",),
        "Turn a snapshot with payments into a paid, numbered sale",
        permission="payment",
        request=order.Snapshot,
        response=answers.OrderAnswer,
        codes=(
            *DRAFT,
            *NUMBER,
            "PAYMENT_MISSING",
            "PAYMENT_INCOMPLETE",
            "RNC_REQUIRED",
            "RNC_INVALID",
            "CREDIT_LIMIT",
            "ECF_NO_CERTIFICATE",
            "ECF_INVALID",
        ),
        keyed=True,
    ),
    Route(
        "hub.batch",
        ("hub/batch-sync",),
        "Many snapshots, each judged by itself",
        permission="hub_sync",
        request=order.Batch,
        response=answers.BatchAnswer,
        statuses=(200, 207),
        keyed=True,
    ),
    Route(
        "hub.offline_auth",
        ("hub/offline-auth",),
        "Salted hashes of PINs and badges, for hubs that log staff in offline",
        verbs=("GET",),
        readonly=True,
        query=auth.OfflineQuery,
        response=answers.OfflineAuthAnswer,
        codes=REGISTER,
    ),
    Route(
        "devices.list",
        ("devices",),
        "Registered devices",
        verbs=("GET",),
        permission="device_manage",
        readonly=True,
        response=answers.DeviceListAnswer,
    ),
    Route(
        "devices.register",
        ("devices/register",),
        "Register a device; its secret is told this once",
        permission="device_manage",
        request=auth.DeviceRegistration,
        response=answers.DeviceRegisteredAnswer,
        statuses=(200, 201),
        codes=("UNKNOWN_REFERENCE",),
    ),
    Route(
        "devices.change",
        ("devices/<int:device_id>",),
        "Rename a device, or give it to another register",
        verbs=("POST", "PATCH", "PUT"),
        permission="device_manage",
        request=auth.DeviceChange,
        response=answers.DeviceAnswer,
        codes=("NOT_FOUND", "UNKNOWN_REFERENCE"),
    ),
    Route(
        "devices.revoke",
        ("devices/<int:device_id>/revoke",),
        "Lock a device out, at once",
        permission="device_manage",
        response=answers.DeviceAnswer,
        codes=("NOT_FOUND",),
    ),
    Route(
        "approvals.create",
        ("approvals",),
        "Let one act of the caller through, with somebody else's credentials",
        request=approval.ApprovalRequest,
        response=answers.ApprovalAnswer,
        codes=(*REGISTER, "BAD_CREDENTIALS", "RATE_LIMITED"),
    ),
    Route(
        "customers.credit_check",
        ("customers/credit-check",),
        "May this customer buy for so much on credit",
        permission="customers_view",
        readonly=True,
        request=order.CreditCheck,
        response=answers.CreditCheckAnswer,
        codes=(*REGISTER, "AMBIGUOUS_REFERENCE"),
    ),
    Route(
        "customers.validate_rnc",
        ("customers/validate-rnc",),
        "Whose is this RNC or cédula, by DGII's public list",
        permission="customers_edit",
        readonly=True,
        request=order.RncCheck,
        response=answers.RncAnswer,
    ),
    Route(
        "customers.validate_rnc.legacy",
        ("/pos-react/api/customers/validate-rnc",),
        "Whose is this RNC or cédula, by the older path",
        permission="customers_edit",
        session_auth=True,
        deprecated=True,
        readonly=True,
        request=order.RncCheck,
        response=answers.RncAnswer,
    ),
    Route(
        "payments.methods",
        ("payments/methods",),
        "Payment methods of a register",
        verbs=("GET", "POST"),
        readonly=True,
        request=order.RegisterQuery,
        query=order.RegisterQuery,
        response=answers.PaymentMethodsAnswer,
        codes=REGISTER,
    ),
)

#: Answers whatever path no other route takes; no part of the description.
UNKNOWN = Route(
    "unknown",
    ("", "<path:rest>"),
    "There is no such route",
    verbs=("GET", "POST", "PUT", "PATCH", "DELETE"),
    public=True,
    readonly=True,
    codes=("NOT_FOUND",),
)

#: {name: Route}
ROUTES = {route.name: route for route in (*_ROUTES, UNKNOWN)}
