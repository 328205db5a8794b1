"""The description of the API, OpenAPI 3.1, built from the shapes and the declared
operations. Nothing of it is written by hand, so that it cannot say what is not so."""

import ast
import re
from dataclasses import asdict
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from . import examples, vocabulary
from .base import MAX_AMOUNT
from .hub import MAX_BATCH, Batch
from .permissions import PERMISSIONS
from .problem import PROBLEMS, problem_body
from .refusal import Problem
from .samples import samples
from .snapshot import Snapshot

PROBLEM_TYPE = "application/problem+json"

_GENERIC = re.compile(r"^(\w+?)_(\w+)_$")
_PLACEHOLDER = re.compile(r"<(?:([^:<>]+):)?([^<>]+)>")


class OpenApi(BaseModel):
    """An OpenAPI 3.1 document."""

    model_config = ConfigDict(extra="allow")

    openapi: Literal["3.1.0"]
    info: dict[str, Any]
    paths: dict[str, Any]
    components: dict[str, Any]


def described_path(path):
    """``/orders/<string:ref>`` of the routing -> ``/orders/{ref}``."""
    return _PLACEHOLDER.sub(r"{\2}", path)


def in_order(operations):
    """Operations by resource, in the order in which these are described."""
    places = {name: place for place, name in enumerate(examples.RESOURCES)}
    return sorted(operations, key=lambda one: places.get(one.tag, len(places)))


def document(operations):
    """The whole description of the ``operations`` of an API, as a ``dict``."""
    schemas = _schemas(operations)
    paths = {}
    for route in operations:
        for index, path in enumerate(route.full_paths):
            methods = paths.setdefault(described_path(path), {})
            for verb in route.verbs:
                methods[verb.lower()] = _operation(route, path, index, verb, schemas)
    tags = dict.fromkeys(route.tag for route in operations)
    found = {
        "openapi": "3.1.0",
        "info": {
            "title": "Restaurant POS fiscal API",
            "version": _version(),
            "summary": "Sales of restaurants and their fiscal numbers.",
            "description": examples.INTRODUCTION,
            "license": {"name": "LGPL-3.0", "identifier": "LGPL-3.0-only"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {
                "name": name,
                "description": examples.RESOURCES.get(name, name.capitalize()),
            }
            for name in tags
        ],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": {
                name: _parameter(name, "header", *known)
                for name, known in examples.PARAMETERS.items()
            },
            "headers": {
                name: {"description": text, "schema": schema, "required": required}
                for name, (text, schema, required) in examples.HEADERS.items()
            },
            "examples": {
                code: {"summary": kind.title, "value": _problem_example(code)}
                for code, kind in PROBLEMS.items()
            },
            "securitySchemes": examples.SECURITY,
        },
        "x-problems": {code: asdict(kind) for code, kind in PROBLEMS.items()},
    }
    for path, methods in paths.items():
        for verb, operation in methods.items():
            operation["x-codeSamples"] = samples(found, path, verb, operation)
    return found


def _version():
    manifest = Path(__file__).parents[1] / "__manifest__.py"
    return ast.literal_eval(manifest.read_text(encoding="utf-8"))["version"]


def _schemas(operations):
    """Every shape of the operations, as components by name."""
    asked = {
        shape
        for route in operations
        for shape in (
            route.body,
            # what is answered as a file has no shape
            route.answer if route.media_type == "application/json" else None,
        )
        if shape
    }
    asked |= {Problem, Snapshot}
    wanted = sorted(asked, key=lambda shape: shape.__name__)
    _names, found = models_json_schema(
        [(shape, "validation") for shape in wanted],
        by_alias=False,
        ref_template="#/components/schemas/{model}",
        schema_generator=Generator,
    )
    schemas = {
        # what is generic over a shape has a name of its own, see base.Page
        _GENERIC.sub(r"\2\1", name): schema
        for name, schema in tidy(found["$defs"]).items()
    }
    if "Batch" in schemas:
        # each snapshot is judged by itself, which the shape cannot say
        schemas["Batch"]["properties"]["orders"].update(
            items={"$ref": "#/components/schemas/Snapshot"}, maxItems=MAX_BATCH
        )
    schemas["Problem"]["properties"]["code"]["enum"] = list(PROBLEMS)
    for schema in schemas.values():
        # prose of Python to prose of Markdown
        schema["description"] = schema.get("description", "").replace("``", "`")
    return schemas


def _operation(route, path, index, verb, schemas):
    operation = {
        "operationId": _operation_id(route, index, verb),
        "tags": [route.tag],
        "summary": route.summary,
        "x-permission": route.permission,
    }
    text = []
    if route.permission:
        label = PERMISSIONS[route.permission].label
        text.append(f"Needs the permission `{route.permission}` ({label}).")
    elif not route.public:
        text.append("Any token will do.")
    if index:
        text.append(f"Another name of `{described_path(route.full_paths[0])}`.")
    if text:
        operation["description"] = " ".join(text)
    if route.deprecated:
        operation["deprecated"] = True
    operation["parameters"] = _parameters(route, path, verb)
    if verb != "GET" and route.body:
        operation["requestBody"] = _request_body(route)
    operation["responses"] = _responses(route)
    operation["security"] = _security(route)
    return operation


def _operation_id(route, index, verb):
    words = route.name.split(".")
    words += [verb.lower()] if len(route.verbs) > 1 else []
    words += [f"alias{index}"] if index else []
    return "_".join(words)


def _security(route):
    if route.public:
        return []
    schemes = [examples.BEARER, examples.API_KEY]
    schemes += [examples.SESSION] if route.session_auth else []
    schemes += [examples.DEVICE] if route.device_auth else []
    return [{scheme: []} for scheme in schemes]


def _parameter(name, place, text, schema, example=None, required=False):
    parameter = {"name": name, "in": place, "description": text, "required": required}
    parameter["schema"] = schema
    if example is not None:
        parameter["example"] = example
    return parameter


def _parameters(route, path, verb):
    found = [
        _parameter(
            name,
            "path",
            examples.PATHS.get(name, name),
            examples.CONVERTERS[converter],
            examples.of_path(route).get(name),
            required=True,
        )
        for converter, name in _PLACEHOLDER.findall(path)
    ]
    if verb == "GET" and route.query:
        schema = tidy(
            route.query.model_json_schema(by_alias=False, schema_generator=Generator)
        )
        for name, field in schema["properties"].items():
            # a query knows no null: a parameter is there or not
            field = without_null(field)
            text = field.pop("description", name.replace("_", " ").capitalize() + ".")
            example = examples.of_query(route).get(name)
            found.append(_parameter(name, "query", text, field, example))
    headers = ["X-Request-Id", "X-App-Version"]
    if not route.public or verb == "POST":
        headers.append("X-Device-Id")
    if route.keyed:
        headers.append("Idempotency-Key")
    if 304 in route.statuses:
        headers.append("If-None-Match")
    return found + [{"$ref": f"#/components/parameters/{name}"} for name in headers]


def _request_body(route):
    shape = route.body
    schema = {"$ref": f"#/components/schemas/{shape.__name__}"}
    if shape is Batch:
        snapshots = {
            "type": "array",
            "items": {"$ref": "#/components/schemas/Snapshot"},
            "maxItems": MAX_BATCH,
            "description": "The bare orders.",
        }
        schema = {"anyOf": [schema, snapshots]}
    content = {"schema": schema}
    if found := examples.of_request(route):
        content["examples"] = _examples(found)
    needed = any(field.is_required() for field in shape.model_fields.values())
    return {"required": needed, "content": {"application/json": content}}


def _examples(found):
    return {
        name.lower().replace(" ", "_"): {"summary": name, "value": value}
        for name, value in found.items()
    }


def _headers(*names):
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _responses(route):
    found = {}
    for status in route.statuses:
        response = {
            "description": examples.STATUSES.get(status, HTTPStatus(status).phrase),
            "headers": _headers("X-Request-Id"),
        }
        if 304 in route.statuses:
            response["headers"].update(_headers("ETag"))
        if route.keyed:
            response["headers"].update(_headers("Idempotent-Replayed"))
        if status != 304:
            response["content"] = {route.media_type: _success(route, status)}
        found[str(status)] = response
    by_status = {}
    for code in route.problem_codes:
        by_status.setdefault(PROBLEMS[code].status, []).append(code)
    for status, codes in sorted(by_status.items()):
        found[str(status)] = _problem_response(route, status, codes)
    return found


def _success(route, status):
    if route.media_type != "application/json":
        return {"schema": {"type": "string"}}
    content = {"schema": {"$ref": f"#/components/schemas/{route.answer.__name__}"}}
    if known := examples.of_answer(route, status):
        content["examples"] = _examples(known)
    return content


def _problem_response(route, status, codes):
    names = ["X-Request-Id"]
    if any(PROBLEMS[code].retryable for code in codes):
        names.append("Retry-After")
    if status == 401:
        names.append("WWW-Authenticate")
    if status == 405:
        names.append("Allow")
    if status in (404, 409, 422, 413) and route.keyed:
        names.append("Idempotent-Replayed")
    return {
        "description": "; ".join(f"`{code}`: {PROBLEMS[code].title}" for code in codes),
        "headers": _headers(*names),
        "content": {
            PROBLEM_TYPE: {
                "schema": {
                    "allOf": [
                        {"$ref": "#/components/schemas/Problem"},
                        {
                            "properties": {
                                "status": {"const": status},
                                "code": {"enum": codes},
                            }
                        },
                    ]
                },
                "examples": {
                    code: {"$ref": f"#/components/examples/{code}"} for code in codes
                },
            }
        },
    }


def _problem_example(code):
    return problem_body(code, request_id="till-1-000017", **examples.of_problem(code))


# -- Shapes as JSON Schema ------------------------------------------------------------


class Generator(GenerateJsonSchema):
    """Amounts are numbers or plain decimal texts; properties are described."""

    def model_schema(self, schema):
        found = super().model_schema(schema)
        vocabulary.describe(schema["cls"], found.get("properties", {}))
        return found

    def decimal_schema(self, schema):
        greatest = int(MAX_AMOUNT)
        return {
            "anyOf": [
                {"type": "number", "minimum": -greatest, "maximum": greatest},
                {"type": "string", "pattern": r"^-?[0-9]{1,9}(\.[0-9]+)?$"},
            ]
        }

    def encode_default(self, dft):
        if isinstance(dft, Decimal):
            return int(dft) if dft == dft.to_integral() else float(dft)
        return super().encode_default(dft)

    def field_title_should_be_set(self, schema):
        return False


_BOUNDS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
}


def tidy(schema):
    """Bounds that stand on a choice of types go to the number they are about, choices
    within choices become one, and a default of null goes without saying."""
    if isinstance(schema, list):
        return [tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: tidy(value) for key, value in schema.items()}
    bounds = {
        name: schema.pop(key)
        for key, name in _BOUNDS.items()
        if isinstance(schema.get(key), int)
    }
    if "anyOf" in schema:
        choices = [_bounded(item, bounds) for item in _flat(schema["anyOf"])]
        # what is said of a value that may be null is said of the field
        texts = [item.pop("description") for item in choices if "description" in item]
        if texts:
            schema.setdefault("description", texts[0])
        schema["anyOf"] = choices
    else:
        schema.update(bounds)
    if "default" in schema and schema["default"] is None:
        del schema["default"]
    return schema


def _flat(choices):
    for choice in choices:
        if set(choice) == {"anyOf"}:
            yield from choice["anyOf"]
        else:
            yield choice


def _bounded(choice, bounds):
    if choice.get("type") in ("number", "integer"):
        return {**choice, **bounds}
    if choice.get("type") == "string" and bounds.get("minimum", -1) >= 0:
        return {**choice, "pattern": choice["pattern"].replace("-?", "")}
    return choice


def without_null(schema):
    """The schema of a value that is there."""
    choices = [item for item in schema.get("anyOf", ()) if item != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    if len(choices) == 1:
        return {**choices[0], **rest}
    return {**rest, "anyOf": choices} if choices else schema
