"""The description of the API: for programs and for people."""

import base64
import functools
import hashlib
import json
import re
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from odoo import http
from odoo.http import Response, request

from ..schemas import openapi
from .gateway import api_route

_TEMPLATES = Path(__file__).parents[1] / "static/docs"
_CODE, _AS_CODE = re.compile(r"`([^`]+)`"), r"<code>\1</code>"


class OpenApiController(http.Controller):
    @api_route("api.description")
    def description(self, body):
        """OpenAPI 3.1, built from the shapes and the table of routes."""
        text, etag = openapi.document_text()
        return _conditional(text, etag, "application/json; charset=utf-8")

    @api_route("api.docs")
    def docs(self, body):
        """The same for people: one page that needs nothing else."""
        text, etag, policy = _page()
        response = _conditional(text, etag, "text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = policy
        return response


def _conditional(text, etag, content_type):
    """200, or 304 for who knows this text already."""
    response = Response(text, content_type=content_type)
    response.set_etag(etag)
    response.headers["Cache-Control"] = "no-cache"  # keep, and ask whether it is so
    return response.make_conditional(request.httprequest.environ)


@functools.cache
def _page():
    """``(html, etag, content security policy)``, made once a process."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    document = openapi.document()
    environment.filters.update(
        json=_json,
        prose=_prose,
        kind=_kind,
        anchor=_anchor,
        resolve=functools.partial(_resolve, document),
    )
    style = (_TEMPLATES / "docs.css").read_text(encoding="utf-8")
    text = environment.get_template("docs.html.jinja").render(
        document=document, style=Markup(style), **_order(document)
    )
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'none'"
    )
    return text, openapi.etag_of(text), policy


def _order(document):
    """Operations by resource, in the order of the table."""
    resources = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for verb, operation in methods.items():
            resources[operation["tags"][0]].append((verb.upper(), path, operation))
    return {"resources": resources}


def _resolve(document, node):
    """What a ``$ref`` of the document points to."""
    while "$ref" in node:
        target = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def _name(node):
    return node["$ref"].rsplit("/", 1)[-1]


def _anchor(text):
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _json(value):
    return json.dumps(value, ensure_ascii=False, indent=2)


def _prose(text):
    """Escaped text with `code` and paragraphs as HTML."""
    paragraphs = [str(escape(part)) for part in text.strip().split("\n\n")]
    return Markup("").join(
        Markup(f"<p>{_CODE.sub(_AS_CODE, part)}</p>") for part in paragraphs
    )


def _kind(schema):
    """The type of a field in a few words; what is a shape links to it."""
    if "$ref" in schema:
        name = _name(schema)
        return Markup('<a href="#shape-{0}">{0}</a>').format(name)
    if "anyOf" in schema:
        kinds = list(dict.fromkeys(_kind(choice) for choice in schema["anyOf"]))
        return Markup(" | ").join(kinds)
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return Markup("{}[]").format(_kind(schema.get("items", {})))
    kind = schema.get("format") or schema.get("type") or "anything"
    values = schema.get("additionalProperties")
    if kind == "object" and isinstance(values, dict):
        return Markup("object of {}").format(_kind(values))
    return kind
