"""The gate of the API: what every request passes before its route, and how every
answer and every error leaves."""

import hashlib
import json
import logging
import re
from decimal import Decimal
from uuid import uuid4

import psycopg2
import werkzeug.exceptions

from odoo.exceptions import AccessDenied, AccessError, MissingError, UserError
from odoo.http import Dispatcher, Response, request
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.sql_db import PoolError

from ..models.nu_pos_answer import Answer, Idempotency
from ..models.nu_pos_problem import ApiProblem
from ..schemas.problem import problem_body

_logger = logging.getLogger(__name__)

MAX_BODY = 5 * 1024 * 1024
MAX_KEY = 128
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._:-]{1,64}$")
_HEADER_TEXT = re.compile(r"^[\x20-\x7e]{1,128}$")
_HTTP_CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    503: "UNAVAILABLE",
}


class PosApiDispatcher(Dispatcher):
    """``type="pos_api"``: JSON in, JSON or ``application/problem+json`` out.

    Before a route runs: size, content type, JSON, identity, headers, client version.
    A route gets the parsed body as its first argument (None for a GET) and returns an
    ``Answer`` or a ``dict``. What it demands stands in the table ``schemas.routes``.
    """

    routing_type = "pos_api"

    @classmethod
    def is_compatible_with(cls, request):
        return True

    def pre_dispatch(self, rule, args):
        # OVERRIDE: Odoo's own limit answers with a page; ours is a problem
        routing = rule.endpoint.routing
        self.request.session.can_save &= routing.get("save_session", True)

    def dispatch(self, endpoint, args):
        http = self.request.httprequest
        given_id = http.headers.get("X-Request-Id", "")
        self.request_id = given_id if _REQUEST_ID.match(given_id) else uuid4().hex
        self.request.params = dict(args)
        routes = endpoint.routing["nu_routes"]
        try:
            if http.method == "OPTIONS":
                return self._empty(routes)
            route = routes.get("GET" if http.method == "HEAD" else http.method)
            if not route:
                response = self._problem(
                    ApiProblem(
                        "METHOD_NOT_ALLOWED",
                        f"{http.method} is not answered here, "
                        f"{' and '.join(routes)} is",
                    )
                )
                response.headers["Allow"] = ", ".join((*routes, "OPTIONS"))
                return response
            body = self._read_body()
            if not route.public:
                self._identify(route)
            self._check_version(required=not route.public)
            answer = self.request.registry["ir.http"]._dispatch(_bound(endpoint, body))
        except ApiProblem as problem:
            # whatever wrote anything did so in a transaction of its own, undone by now
            return self._problem(problem)
        if isinstance(answer, dict):
            answer = Answer(answer)
        return self._respond(answer)

    # -- In ---------------------------------------------------------------------------

    def _read_body(self):
        http = self.request.httprequest
        if http.method in ("GET", "HEAD"):
            return None
        if (http.content_length or 0) > MAX_BODY:
            raise _too_large()
        http.max_content_length = MAX_BODY
        try:
            # kept: Odoo may run a request twice, the wire is read once
            raw = http.get_data(cache=True)
        except werkzeug.exceptions.RequestEntityTooLarge as error:
            raise _too_large() from error
        if not raw:
            return {}
        if http.mimetype != "application/json":
            raise ApiProblem(
                "UNSUPPORTED_MEDIA_TYPE",
                f"Content-Type is {http.mimetype or 'absent'}, send application/json",
            )
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError) as error:
            detail = str(error) if isinstance(error, json.JSONDecodeError) else ""
            raise ApiProblem("BAD_JSON", detail or "The body is not JSON") from error
        if not isinstance(body, (dict, list)):
            raise ApiProblem("BAD_JSON", "The body must be an object or an array")
        return body

    def _identify(self, route):
        """Who calls: an access token of ours, or an Odoo API key."""
        headers = self.request.httprequest.headers
        env = self.request.env
        scheme, _space, token = headers.get("Authorization", "").partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else ""
        is_jwt = token.count(".") == 2
        token = token or headers.get("X-Api-Key", "").strip()
        uid = None
        if is_jwt:
            uid = env["nu.pos.token"].authenticate(token)
        elif token:
            uid = env["res.users.apikeys"]._check_credentials(scope="rpc", key=token)
        elif route.session_auth:
            uid = self.request.session.uid
        if not uid:
            raise ApiProblem(
                "UNAUTHENTICATED", "Send Authorization: Bearer <access token>"
            )
        user = env["res.users"].sudo().browse(uid)
        if user.share:
            raise ApiProblem("FORBIDDEN", "The API is for internal users")
        device = headers.get("X-Device-Id", "")
        if is_jwt or device:
            self._check_header("X-Device-Id", device)
        self.request.update_env(
            user=uid,
            context={
                "lang": user.lang,
                "tz": "America/Santo_Domingo",
                "allowed_company_ids": user.company_ids.ids,
                "nu_device": device or None,
                "nu_request_id": self.request_id,
                "nu_app_version": headers.get("X-App-Version"),
            },
        )
        self.needs_version = is_jwt

    def _check_header(self, name, value):
        if not value or not _HEADER_TEXT.match(value):
            raise ApiProblem(
                "BAD_REQUEST",
                errors=[{"path": name, "message": "this header is required"}],
            )

    def _check_version(self, required):
        """426 for a client below ``nu_pos.min_client_version``."""
        version = self.request.httprequest.headers.get("X-App-Version", "")
        if required and getattr(self, "needs_version", False):
            self._check_header("X-App-Version", version)
        if version:
            self.request.env["nu.pos.token"].check_client_version(version)

    # -- Out --------------------------------------------------------------------------

    def _respond(self, answer):
        headers = {"X-Request-Id": self.request_id, "Cache-Control": "no-store"}
        if answer.replayed:
            headers["Idempotent-Replayed"] = "true"
        if answer.status >= 400:
            # a refusal kept under the request's key
            response = self._problem_response(
                {**answer.body, "request_id": self.request_id}
            )
            response.headers.update(headers)
            return response
        return Response(
            json.dumps(answer.body, ensure_ascii=False, default=_plain),
            status=answer.status,
            headers=headers,
            content_type="application/json; charset=utf-8",
        )

    def _problem(self, problem):
        return self._problem_response(
            problem.body(self.request_id), problem.retry_after
        )

    def _problem_response(self, body, retry_after=None):
        headers = {"X-Request-Id": self.request_id, "Cache-Control": "no-store"}
        if retry_after or body["status"] == 503:
            headers["Retry-After"] = str(retry_after or 2)
        if body["status"] == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return Response(
            json.dumps(body, ensure_ascii=False, default=_plain),
            status=body["status"],
            headers=headers,
            content_type="application/problem+json; charset=utf-8",
        )

    def _empty(self, verbs):
        return Response(status=204, headers={"Allow": ", ".join((*verbs, "OPTIONS"))})

    def handle_error(self, exc):
        """Any exception, also one raised before the route, as a problem. Nothing of
        what is not ours leaves: no traceback, SQL, or text of an unknown error."""
        if not hasattr(self, "request_id"):
            self.request_id = uuid4().hex
        if isinstance(exc, ApiProblem):
            return self._problem(exc)
        code, detail = classify(exc)
        if code == "INTERNAL":
            _logger.error("request %s failed", self.request_id, exc_info=exc)
        return self._problem_response(
            problem_body(code, detail, request_id=self.request_id)
        )


def classify(exc):
    """``(code, detail)`` of an exception that is not ours; read it in ten seconds."""
    if isinstance(exc, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
        return "BUSY", ""
    if isinstance(exc, (psycopg2.OperationalError, psycopg2.InterfaceError, PoolError)):
        return "UNAVAILABLE", ""
    if isinstance(exc, AccessDenied):
        return "UNAUTHENTICATED", ""
    if isinstance(exc, AccessError):
        return "FORBIDDEN", ""
    if isinstance(exc, MissingError):
        return "NOT_FOUND", ""
    if isinstance(exc, UserError):
        return "VALIDATION", str(exc.args[0]) if exc.args else ""
    if isinstance(exc, werkzeug.exceptions.HTTPException):
        return _HTTP_CODES.get(exc.code, "BAD_REQUEST"), ""
    return "INTERNAL", ""


def idempotency(operation, body):
    """The ``Idempotency`` of the current request, or None when it carries no key."""
    key = request.httprequest.headers.get("Idempotency-Key")
    return keyed(key, operation, body, "Idempotency-Key")


def keyed(key, operation, body, path):
    if not key:
        return None
    if len(key) > MAX_KEY or not _HEADER_TEXT.match(key):
        raise ApiProblem(
            "VALIDATION",
            errors=[
                {"path": path, "message": f"at most {MAX_KEY} printable characters"}
            ],
        )
    try:
        content = json.dumps([operation, body], sort_keys=True).encode()
    except RecursionError as error:
        raise ApiProblem("BAD_JSON", "The body is nested too deeply") from error
    return Idempotency(key, operation, hashlib.sha256(content).hexdigest())


def _bound(endpoint, body):
    """The endpoint with the body in place, as ``ir.http._dispatch`` calls it."""

    def call(**params):
        return endpoint(body, **params)

    call.routing = endpoint.routing
    return call


def _too_large():
    return ApiProblem("TOO_LARGE", f"The body exceeds {MAX_BODY // 1024 // 1024} MB")


def _plain(value):
    if isinstance(value, Decimal):
        return float(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
