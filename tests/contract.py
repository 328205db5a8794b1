"""Answers of the API against its description, more strictly than a client would:
members that the description does not know are an error too."""

import copy
import functools
import re
from urllib.parse import unquote, urlsplit

import jsonschema_rs

from ..controllers import description

#: Shapes whose further members are nobody's promise.
OPEN_SHAPES = ("Problem", "OpenApi")
PREFIX = "/pos-api/v1"
ANY_PROBLEM = {"$ref": "#/components/schemas/Problem"}


@functools.cache
def components(strict=True):
    """The components of the description, closed if ``strict``."""
    found = copy.deepcopy(description.document()["components"])
    for name, schema in found["schemas"].items():
        if strict and name not in OPEN_SHAPES:
            schema["additionalProperties"] = False
    return found


def validator(schema, strict=True):
    return jsonschema_rs.Draft202012Validator(
        {**schema, "components": components(strict)}, validate_formats=True
    )


@functools.cache
def _patterns():
    return [
        (path, re.compile(re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(path))))
        for path in description.document()["paths"]
    ]


def described_path(path):
    """The path of the description that a path of a request falls under, or None."""
    if path in description.document()["paths"]:
        return path
    return next((name for name, rule in _patterns() if rule.fullmatch(path)), None)


def operation(method, path):
    """``POST orders/{ref}/cancel``: an operation of the description, by its name in
    the marks of :mod:`succeeds`."""
    return f"{method.upper()} {described_path(path)}".replace(f" {PREFIX}/", " ")


def operations():
    """Every operation of the description."""
    return {
        operation(method, path)
        for path, methods in description.document()["paths"].items()
        for method in methods
    }


@functools.cache
def _validator_of(path, method, status, media_type):
    operation = description.document()["paths"][path][method]
    content = operation["responses"][status]["content"][media_type]
    return validator(content["schema"])


def check(response):
    """Fail unless the answer (of ``requests``) is one that is described."""
    request = response.request
    path = unquote(urlsplit(request.url).path)
    method, status = request.method.lower(), response.status_code
    where = f"{request.method} {path} -> {status}"
    if not response.headers.get("X-Request-Id"):
        raise AssertionError(f"{where}: no X-Request-Id")
    if status == 204 and method == "options":
        return
    described = description.document()["paths"].get(described_path(path), {})
    operation = described.get("get" if method == "head" else method)
    media_type = response.headers.get("Content-Type", "").partition(";")[0]
    if operation is None:
        if status != (405 if described else 404):
            raise AssertionError(f"{where}: nothing of the kind is described")
        _compare(where, validator(ANY_PROBLEM), response, method)
        return
    known = operation["responses"].get(str(status))
    if known is None:
        raise AssertionError(f"{where}: this status is not described: {response.text}")
    for name in known.get("headers", ()):
        needed = description.document()["components"]["headers"][name]["required"]
        if needed and name not in response.headers:
            raise AssertionError(f"{where}: no header {name}")
    if "content" not in known:
        return
    if media_type not in known["content"]:
        raise AssertionError(f"{where}: {media_type} is not described")
    if "json" in media_type:
        name = "get" if method == "head" else method
        args = described_path(path), name, str(status), media_type
        _compare(where, _validator_of(*args), response, method)


def _compare(where, rules, response, method):
    if method == "head":
        return
    body = response.json()
    errors = [
        f"{'.'.join(map(str, error.instance_path)) or 'body'}: {error.message}"
        for error in rules.iter_errors(body)
    ]
    if errors:
        raise AssertionError(f"{where}: not as described: {'; '.join(errors)}\n{body}")
