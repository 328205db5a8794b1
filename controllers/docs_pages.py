"""The pages of the description for people: reference, plain page and guide, and the
files they load. Nothing of them comes from another host."""

import base64
import functools
import hashlib
import importlib.util
import json
import re
from dataclasses import dataclass
from pathlib import Path

import docutils.core
import jinja2
from markupsafe import Markup, escape

from . import description

_ADDON = Path(__file__).parents[1]
_TEMPLATES = _ADDON / "static/docs"
_CODE, _AS_CODE = re.compile(r"`([^`]+)`"), r"<code>\1</code>"
#: The package that ships RapiDoc (MIT); optional, see requirements-docs.txt.
_RAPIDOC, _SCRIPT = "flask_openapi3_rapidoc", "templates/rapidoc/js/rapidoc-min.js"
_HTML, _JAVASCRIPT = "text/html; charset=utf-8", "text/javascript; charset=utf-8"
_NOTHING = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@dataclass(frozen=True)
class Page:
    """A file that is served; ``policy`` is its Content-Security-Policy."""

    content: str | bytes
    content_type: str
    policy: str = f"default-src 'none'; {_NOTHING}"

    @functools.cached_property
    def etag(self) -> str:
        content = self.content
        content = content.encode() if isinstance(content, str) else content
        return hashlib.sha256(content).hexdigest()[:32]


def rapidoc() -> Path | None:
    """Return the script of RapiDoc, None where its package is not installed.

    The package is not imported: that would need what it depends on.
    """
    spec = importlib.util.find_spec(_RAPIDOC)
    for folder in (spec and spec.submodule_search_locations) or ():
        script = Path(folder) / _SCRIPT
        if script.is_file():
            return script
    return None


def reference() -> Page:
    """Return the page with search and try-it, without RapiDoc the plain one."""
    return _reference() if rapidoc() else plain()


def served(name: str) -> Page | None:
    """Return the page or file below ``docs/``, None for a name that is not listed."""
    make = _FILES.get(name)
    return make() if make else None


@functools.cache
def _reference():
    # Scripts and data of this server only. Styles stand in the elements that RapiDoc
    # makes, which no hash can name.
    policy = (
        "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'"
        f" data:; style-src 'self' 'unsafe-inline'; {_NOTHING}"
    )
    return Page(_text("reference.html"), _HTML, policy)


@functools.cache
def _rapidoc_script():
    script = rapidoc()
    return script and Page(script.read_bytes(), _JAVASCRIPT)


@functools.cache
def _reference_script():
    return Page(_text("reference.js"), _JAVASCRIPT)


@functools.cache
def _reference_style():
    return Page(_text("reference.css"), "text/css; charset=utf-8")


def _text(name):
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _environment(**filters):
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(filters)
    return environment


def _styled(text, style):
    """A page without scripts, whose one style is known by its hash."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; {_NOTHING}"
    return Page(text, _HTML, policy)


@functools.cache
def plain() -> Page:
    """Return the page that needs nothing else, made once a process."""
    document = description.document()
    environment = _environment(
        json=_json,
        prose=_prose,
        kind=_kind,
        anchor=_anchor,
        resolve=functools.partial(_resolve, document),
    )
    style = _text("docs.css")
    text = environment.get_template("docs.html.jinja").render(
        document=document, style=Markup(style), **_order(document)
    )
    return _styled(text, style)


@functools.cache
def guide() -> Page:
    """Return ``docs/guide.rst`` as a page, made once a process."""
    parts = docutils.core.publish_parts(
        (_ADDON / "docs/guide.rst").read_text(encoding="utf-8"),
        writer_name="html5",
        settings_overrides={
            "_disable_config": True,
            "doctitle_xform": True,
            "file_insertion_enabled": False,
            "initial_header_level": 2,
            "raw_enabled": False,
            "report_level": 5,
            "syntax_highlight": "none",
            "table_style": "colwidths-auto",
            "toc_backlinks": False,
        },
    )
    style = _text("docs.css")
    text = (
        _environment()
        .get_template("guide.html.jinja")
        .render(
            title=Markup(parts["title"]),
            body=Markup(parts["fragment"]),
            style=Markup(style),
        )
    )
    return _styled(text, style)


#: Everything below ``docs/``: no name of a request ever becomes a path.
_FILES = {
    "guide": guide,
    "plain": plain,
    "rapidoc.js": _rapidoc_script,
    "reference.css": _reference_style,
    "reference.js": _reference_script,
}


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
