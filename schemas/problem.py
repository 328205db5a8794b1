"""The stable list of problem codes of the API, and RFC 9457 bodies made of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ProblemKind:
    """What a code means to a caller: HTTP status, title, and whether the very same
    request may succeed later without anybody changing it."""

    status: int
    title: str
    retryable: bool = False


PROBLEMS = {
    "BAD_JSON": ProblemKind(400, "The body is not JSON"),
    "BAD_REQUEST": ProblemKind(400, "The request is incomplete"),
    "UNAUTHENTICATED": ProblemKind(401, "Authentication is needed"),
    "TOKEN_EXPIRED": ProblemKind(401, "The access token has expired"),
    "BAD_CREDENTIALS": ProblemKind(401, "The credentials are not valid"),
    "FORBIDDEN": ProblemKind(403, "Not allowed"),
    "APPROVAL_REQUIRED": ProblemKind(403, "Somebody else must approve this"),
    "NOT_FOUND": ProblemKind(404, "Not found"),
    "METHOD_NOT_ALLOWED": ProblemKind(405, "Method not allowed"),
    "ORDER_PAID": ProblemKind(409, "The order is paid"),
    "ORDER_CANCELLED": ProblemKind(409, "The order is cancelled"),
    "SESSION_CLOSED": ProblemKind(409, "The register has no open session"),
    "NCF_EXHAUSTED": ProblemKind(409, "The authorised numbers are used up"),
    "NCF_EXPIRED": ProblemKind(409, "The authorised numbers have expired"),
    "NCF_NO_RANGE": ProblemKind(409, "There are no authorised numbers"),
    "CONFLICT": ProblemKind(409, "The request contradicts the current state"),
    "IN_PROGRESS": ProblemKind(409, "The same request is still running", True),
    "TOO_LARGE": ProblemKind(413, "The request is too large"),
    "UNSUPPORTED_MEDIA_TYPE": ProblemKind(415, "The content type is not taken here"),
    "VALIDATION": ProblemKind(422, "The request is not valid"),
    "TOTALS_MISMATCH": ProblemKind(422, "Totals do not match"),
    "PAYMENT_MISSING": ProblemKind(422, "The sale has no payment"),
    "PAYMENT_INCOMPLETE": ProblemKind(422, "The payments do not cover the total"),
    "RNC_REQUIRED": ProblemKind(422, "The buyer must be identified"),
    "RNC_INVALID": ProblemKind(422, "The buyer's RNC or cedula is malformed"),
    "UNKNOWN_REFERENCE": ProblemKind(422, "A reference does not exist"),
    "AMBIGUOUS_REFERENCE": ProblemKind(422, "A reference matches several records"),
    "ECF_NO_CERTIFICATE": ProblemKind(422, "There is no certificate to sign with"),
    "ECF_INVALID": ProblemKind(422, "The electronic receipt would be rejected"),
    "CREDIT_LIMIT": ProblemKind(422, "The sale exceeds the customer's credit"),
    "IDEMPOTENCY_MISMATCH": ProblemKind(422, "Same key, other content"),
    "CLIENT_OUTDATED": ProblemKind(426, "The client must be updated"),
    "RATE_LIMITED": ProblemKind(429, "Too many attempts", True),
    "INTERNAL": ProblemKind(500, "Internal error", True),
    "PDF_UNAVAILABLE": ProblemKind(501, "The server cannot make PDF files"),
    "BUSY": ProblemKind(503, "The server is busy", True),
    "UNAVAILABLE": ProblemKind(503, "The service is not available", True),
}

TYPE_BASE = "urn:nu-restaurant-pos:errors:"

#: Codes whose outcome may change without the caller changing anything: never kept
#: as the answer of an idempotency key.
NOT_KEPT = frozenset(
    {code for code, kind in PROBLEMS.items() if kind.retryable}
    | {"UNAUTHENTICATED", "TOKEN_EXPIRED"}
)


def problem_body(code, detail="", errors=(), request_id=None, **extra):
    """The body of one problem.

    :param code: a key of ``PROBLEMS``
    :param errors: ``[{"path", "message", "given"?, "expected"?}]``
    :return: ``dict`` ready for JSON, members in the order people read them
    """
    kind = PROBLEMS[code]
    detail = detail or kind.title
    body = {
        "type": TYPE_BASE + code.lower().replace("_", "-"),
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "error": detail,
        "code": code,
        "retryable": kind.retryable,
        "errors": list(errors),
        **extra,
    }
    if request_id:
        body["request_id"] = request_id
    return body
