"""The gate of the API: what every request passes before its route, and how every
answer and every error leaves."""

import hashlib
import json
import logging
import re
import time
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from uuid import uuid4

import psycopg2
import werkzeug.exceptions
from pydantic import BaseModel

from odoo.exceptions import AccessDenied, AccessError, MissingError, UserError
from odoo.http import Dispatcher, Response
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.sql_db import Cursor, PoolError

from ..models.runtime.call import Call
from ..models.runtime.nu_pos_answering import Answer, Idempotency
from ..models.runtime.problem import ApiProblem
from ..models.runtime.wire import parse
from ..schemas.problem import problem_body
from . import edge

_logger = logging.getLogger(__name__)

MAX_BODY = 5 * 1024 * 1024
MAX_KEY = 128
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._:-]{1,64}$")
_HEADER_TEXT = re.compile(r"^[\x20-\x7e]{1,128}$")
_PLACEHOLDER = re.compile(r"<(?:\w+:)?(\w+)>")
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

    Before the method of an operation runs: identity, headers, client version, rate,
    size, content type, JSON, the shape of query or body, the permission on the register
    these name, the idempotency key. What each demands is declared by
    ``gateway.operation``.
    """

    routing_type = "pos_api"

    def __init__(self, request):
        super().__init__(request)
        given_id = request.httprequest.headers.get("X-Request-Id", "")
        self.request_id = given_id if _REQUEST_ID.match(given_id) else uuid4().hex
        request.call = Call(request_id=self.request_id)  # of nobody yet
        self.started = time.monotonic()
        self.cors = {}
        self.reference = None  # of the order the request is about
        self.seen = {}  # what the access log tells beside status and code

    @classmethod
    def is_compatible_with(cls, request):
        return True

    def pre_dispatch(self, rule, args):
        # OVERRIDE: Odoo's own limit answers with a page; ours is a problem
        routing = rule.endpoint.routing
        self.request.session.can_save &= routing.get("save_session", True)

    def dispatch(self, endpoint, args):
        http = self.request.httprequest
        self.request.params = dict(args)
        beside = endpoint.routing["nu_operations"]
        self.cors = edge.cors_headers(self.request)
        operation = beside.get("GET" if http.method == "HEAD" else http.method)
        self.seen = {"route": (operation or next(iter(beside.values()))).name}
        try:
            if http.method == "OPTIONS":
                return self._options(beside)
            if not operation:
                return self._method_not_allowed(beside)
            if not operation.public:
                self._identify(operation)
                self._note_caller()
            self._check_version(required=not operation.public)
            self._check_rate(operation)
            _check_path(args)
            arguments = self._read(operation, args)
            controller = endpoint.func.__self__
            answer = self.request.registry["ir.http"]._dispatch(
                _bound(endpoint, getattr(controller, operation.method), arguments)
            )
        except ApiProblem as problem:
            # whatever wrote anything did so in a transaction of its own, undone by now
            self._note_refusal(operation, problem)
            return self._problem(problem)
        if isinstance(answer, Response):
            return self._finish(answer)
        return self._respond(operation, answer)

    # -- In ---------------------------------------------------------------------------

    def _read(self, operation, args):
        """The arguments of the method: the shape that query or body are read as, and
        the idempotency key.

        The permission is that on the register which the request names, as it was read.
        Who lacks it learns nothing else: what is wrong with the request comes after.
        """
        body = self._read_body()
        if isinstance(body, dict):
            self.reference = body.get("pos_reference", body.get("posReference"))
        query = self.request.httprequest.args.to_dict()
        name, shape, asked = "body", operation.body, body
        if body is None or (not body and operation.query is operation.body):
            name, shape, asked = "query", operation.query, query
        refusal = None
        if shape and not (operation.unread and name == "body"):
            try:
                asked = parse(shape, asked)
            except ApiProblem as problem:
                refusal = problem
        if operation.permission:
            self.request.env["nu.pos.permission"].require_for_route(
                operation, asked, query
            )
        arguments = {name: asked} if shape else {}
        if operation.keyed:
            arguments["idempotency"] = self._idempotency(operation, args, body, asked)
        if refusal:
            raise refusal
        return arguments

    def _idempotency(self, operation, args, body, asked):
        """The ``Idempotency`` of a request, or None when it carries no key: that of the
        header, or the ``message_id`` of its body."""
        key = self.request.httprequest.headers.get("Idempotency-Key")
        if not key:
            key = getattr(asked, "message_id", None)
        if not key:
            return None
        if len(key) > MAX_KEY or not _HEADER_TEXT.match(key):
            message = f"at most {MAX_KEY} printable characters"
            raise ApiProblem(
                "VALIDATION", errors=[{"path": "Idempotency-Key", "message": message}]
            )
        path = (operation.like or operation).paths[0]
        place = _PLACEHOLDER.sub(lambda found: str(args[found[1]]), path)
        try:
            content = json.dumps([place, body], sort_keys=True).encode()
        except RecursionError as error:
            raise ApiProblem("BAD_JSON", "The body is nested too deeply") from error
        return Idempotency(key, place, hashlib.sha256(content).hexdigest())

    def _read_body(self):
        http = self.request.httprequest
        if http.method in ("GET", "HEAD"):
            return None
        if (http.content_length or 0) > MAX_BODY:
            raise _too_large()
        # A body of unknown length is cut there, without a word.
        http.max_content_length = MAX_BODY + 1
        # kept: Odoo may run a request twice, the wire is read once
        raw = http.get_data(cache=True)
        self.seen["bytes_in"] = len(raw)
        if len(raw) > MAX_BODY:
            raise _too_large()
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

    def _identify(self, operation):
        """Who calls: an access token of ours, an Odoo API key, or the device itself."""
        try:
            with self._primary() as env:
                self._identify_in(env, operation)
        except ApiProblem as problem:
            if problem.code == "UNAUTHENTICATED":
                # Only what fails is counted: who proves himself is let in, whatever
                # others try from his address.
                self.request.env["nu.pos.rate.limit"].check_stranger(
                    self.request.httprequest.remote_addr
                )
            raise

    @contextmanager
    def _primary(self):
        """The environment to ask who calls in: never that of a replica, which may not
        know yet who has just logged in, and not yet know who has just been locked out.
        """
        env = self.request.env
        if env.cr.readonly and isinstance(env.cr, Cursor):
            with env.registry.cursor() as cr:
                yield env(cr=cr)
        else:
            yield env

    def _identify_in(self, env, operation):
        headers = self.request.httprequest.headers
        scheme, _space, token = headers.get("Authorization", "").partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else ""
        is_jwt = token.count(".") == 2
        token = token or headers.get("X-Api-Key", "").strip()
        device = headers.get("X-Device-Id", "")
        identities = env["nu.pos.identity"]
        caller = None
        if is_jwt:
            caller = identities.of_token(token, device)
        elif token:
            caller = identities.of_api_key(token)
        elif operation.session_auth and self.request.session.uid:
            caller = identities.of_user(self.request.session.uid, "session")
        elif operation.device_auth:
            caller = identities.of_device(device, headers.get("X-Device-Secret"))
        if not caller:
            raise ApiProblem(
                "UNAUTHENTICATED", "Send Authorization: Bearer <access token>"
            )
        # what Odoo remembers of a user, in all processes, until it changes
        user = env["res.users"].with_user(caller.user_id).browse(caller.user_id).sudo()
        if caller.method != "device" and not user.has_group("base.group_user"):
            raise ApiProblem("FORBIDDEN", "The API is for internal users")
        if is_jwt or device:
            self._check_header("X-Device-Id", device)
        version = headers.get("X-App-Version")
        identities.note_device(caller, device, version)
        companies = list(user._get_company_ids())
        call = self.request.call = Call(device, version, self.request_id, caller)
        self.request.update_env(
            user=caller.user_id,
            context={
                "lang": user.context_get().get("lang"),
                "tz": "America/Santo_Domingo",
                # a token acts in the company of its register
                "allowed_company_ids": [caller.company_id]
                if caller.config_id and caller.company_id in companies
                else companies,
                "nu_call": call,
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

    def _note_caller(self):
        env = self.request.env
        self.seen.update(user_id=env.uid, company_id=env.company.id)

    def _check_rate(self, operation):
        """429 for a caller beyond ``nu_pos.rate_limit_per_minute``: a session, a user,
        or for a public route an address; never what a header claims."""
        http = self.request.httprequest
        limits = self.request.env["nu.pos.rate.limit"]
        if operation.public:
            limits.check(f"{http.remote_addr} {operation.name}")
        else:
            limits.check_caller(self.request.call.caller)

    # -- Out --------------------------------------------------------------------------

    def _respond(self, operation, answer):
        if not isinstance(answer, Answer):
            answer = Answer(answer)
        headers = {"Idempotent-Replayed": "true"} if answer.replayed else {}
        if answer.status >= 400:
            # a refusal kept under the request's key
            response = self._problem_response(
                {**answer.body, "request_id": self.request_id}
            )
            response.headers.update(headers)
            return response
        body = answer.body
        if isinstance(body, BaseModel):
            body = body.model_dump(exclude_unset=True)
        status = answer.status
        if 201 in operation.statuses and (
            200 not in operation.statuses or body["created"]
        ):
            status = 201
        response = Response(
            json.dumps(body, ensure_ascii=False, default=_plain),
            status=status,
            headers=headers,
            content_type="application/json; charset=utf-8",
        )
        return self._finish(response)

    def _note_refusal(self, operation, problem):
        """A refused write leaves its trace too; who is nobody yet leaves none here,
        failed log-ins are noted where they fail."""
        env = self.request.env
        if problem.code == "RATE_LIMITED" and "bytes_in" not in self.seen:
            return  # by the gate: a flood of requests must not become one of rows
        if operation and not operation.readonly and not operation.public and env.uid:
            env["nu_restaurant_pos.order_audit"]._record_refusal(
                problem, {"route": operation.name, "pos_reference": self.reference}
            )

    def _problem(self, problem):
        return self._problem_response(
            problem.body(self.request_id), problem.retry_after
        )

    def _problem_response(self, body, retry_after=None):
        headers = {}
        if retry_after or body["retryable"]:
            headers["Retry-After"] = str(retry_after or 2)
        if body["status"] == 401:
            headers["WWW-Authenticate"] = "Bearer"
        response = Response(
            json.dumps(body, ensure_ascii=False, default=_plain),
            status=body["status"],
            headers=headers,
            content_type="application/problem+json; charset=utf-8",
        )
        return self._finish(response, body["code"])

    def _method_not_allowed(self, beside):
        method = self.request.httprequest.method
        response = self._problem(
            ApiProblem(
                "METHOD_NOT_ALLOWED",
                f"{method} is not answered here, {' and '.join(beside)} is",
            )
        )
        response.headers["Allow"] = ", ".join((*beside, "OPTIONS"))
        return response

    def _options(self, beside):
        """What may be asked here, of a browser's preflight too."""
        response = Response(status=204)
        response.headers["Allow"] = ", ".join((*beside, "OPTIONS"))
        if "Access-Control-Allow-Origin" in self.cors:
            response.headers.update(edge.preflight_headers(beside))
        return self._finish(response)

    def _finish(self, response, code=None):
        """What every answer bears; the access log is written when it has been sent,
        once however often Odoo ran the request."""
        response.headers["X-Request-Id"] = self.request_id
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.update(self.cors)
        response.call_on_close(
            partial(
                edge.log_access,
                self.request.httprequest,
                self.request_id,
                self.started,
                response.status_code,
                code,
                self.seen,
            )
        )
        return response

    def handle_error(self, exc):
        """Any exception, also one raised before the route, as a problem. Nothing of
        what is not ours leaves: no traceback, SQL, or text of an unknown error."""
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


def _bound(endpoint, method, arguments):
    """The method with what was read of the request, as ``ir.http._dispatch`` calls an
    endpoint: with the parts of the path."""
    call = partial(method, **arguments)
    call.routing = endpoint.routing
    return call


def _check_path(args):
    """:raise ApiProblem: ``NOT_FOUND`` for what names nothing in the database, which
    would take a NUL for a defect"""
    if any(isinstance(value, str) and "\0" in value for value in args.values()):
        raise ApiProblem("NOT_FOUND", "There is no such record")


def _too_large():
    return ApiProblem("TOO_LARGE", f"The body exceeds {MAX_BODY // 1024 // 1024} MB")


def _plain(value):
    if isinstance(value, Decimal):
        return float(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
