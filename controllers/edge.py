"""What surrounds every answer: headers for pages of other origins, the access log."""

import json
import logging
import time

_access_logger = logging.getLogger("odoo.addons.nu_restaurant_pos.access")

CORS_PARAMETER = "nu_pos.cors_origins"
CORS_SECONDS = 600
_CORS_REQUEST = (
    "Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Api-Key,"
    " X-App-Version, X-Device-Id, X-Device-Secret, X-Request-Id, x-api-token"
)
_CORS_RESPONSE = (
    "Allow, ETag, Idempotent-Replayed, Retry-After, WWW-Authenticate, X-Request-Id"
)


def cors_headers(request):
    """Headers for pages of other origins, as ``nu_pos.cors_origins`` has it: origins
    with commas between, ``*`` for any, empty for none."""
    listed = request.env["ir.config_parameter"].sudo().get_param(CORS_PARAMETER) or ""
    allowed = {origin.strip().rstrip("/") for origin in listed.split(",")} - {""}
    if not allowed:
        return {}
    origin = request.httprequest.headers.get("Origin")
    headers = {"Vary": "Origin"}
    if origin and allowed & {origin, "*"}:
        # cookies are not for other origins: no Allow-Credentials
        headers["Access-Control-Allow-Origin"] = "*" if "*" in allowed else origin
        headers["Access-Control-Expose-Headers"] = _CORS_RESPONSE
    return headers


def preflight_headers(verbs):
    """What a browser may ask of a route from another origin."""
    return {
        "Access-Control-Allow-Methods": ", ".join(verbs),
        "Access-Control-Allow-Headers": _CORS_REQUEST,
        "Access-Control-Max-Age": str(CORS_SECONDS),
    }


def log_access(http, request_id, started, status, code, seen):
    """One line of JSON. No path, query, body or credential is in it; JSON escapes what
    a header could smuggle in."""
    entry = {
        "request_id": request_id,
        "method": http.method,
        "route": None,
        "status": status,
        "code": code,
        "duration_ms": round((time.monotonic() - started) * 1000, 1),
        "user_id": None,
        "company_id": None,
        "device": http.headers.get("X-Device-Id", "")[:128] or None,
        "app_version": http.headers.get("X-App-Version", "")[:128] or None,
        "bytes_in": http.content_length or 0,
        **seen,
    }
    _access_logger.info("%s", json.dumps(entry))
