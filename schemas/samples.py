"""Code samples of the operations, as ``x-codeSamples`` of the description: curl, Python
and JavaScript, made from its own examples."""

import json
import shlex
from urllib.parse import quote, urlencode

#: Stands for the server in samples; the reference page puts its own address there.
SERVER = "https://odoo.example.com"
#: Headers of a sample, beside what the operation itself needs.
SENT = ("X-Device-Id", "X-App-Version")


def samples(document, path, verb, operation):
    """Return the samples of one operation.

    :param document: the whole description, for what the operation refers to
    :return: ``[{"lang", "label", "source"}]``
    """
    call = _Call(document, path, verb, operation)
    return [
        {"lang": "shell", "label": "curl", "source": _curl(call)},
        {"lang": "python", "label": "Python", "source": _python(call)},
        {"lang": "javascript", "label": "JavaScript", "source": _javascript(call)},
    ]


class _Call:
    """A request made from the examples of an operation."""

    def __init__(self, document, path, verb, operation):
        self.verb = verb.upper()
        parameters = [_resolved(document, one) for one in operation["parameters"]]
        values = {
            place: {
                one["name"]: one["example"]
                for one in parameters
                if one["in"] == place and "example" in one
            }
            for place in ("path", "query", "header")
        }
        self.path = path
        for name, value in values["path"].items():
            self.path = self.path.replace(f"{{{name}}}", quote(str(value), safe=""))
        self.query = values["query"]
        headers = values["header"]
        self.headers = {name: headers[name] for name in SENT if name in headers}
        if "Idempotency-Key" in headers:
            # a key of its own for each write, so that two samples do not share one
            self.headers["Idempotency-Key"] = f"till-1-{operation['operationId']}-17"
        self.secured = bool(operation["security"])
        self.body = _example(operation.get("requestBody"))
        if self.body is not None:
            self.headers["Content-Type"] = "application/json"
        self.is_json = "application/json" in next(
            iter(operation["responses"].values())
        ).get("content", {})

    @property
    def url(self):
        query = f"?{urlencode(self.query)}" if self.query else ""
        return SERVER + self.path + query


def _resolved(document, node):
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[-1]
        return document["components"]["parameters"][name]
    return node


def _example(body):
    """The first example of a body."""
    if not body:
        return None
    examples = body["content"]["application/json"].get("examples", {})
    return next((one["value"] for one in examples.values()), {})


def _curl(call):
    parts = [f"curl --request {call.verb} {shlex.quote(call.url)}"]
    if call.secured:
        parts.append('--header "Authorization: Bearer $TOKEN"')
    for name, value in call.headers.items():
        parts.append(f"--header {shlex.quote(f'{name}: {value}')}")
    if call.body is not None:
        text = json.dumps(call.body, ensure_ascii=False, indent=2)
        parts.append(f"--data {shlex.quote(text)}")
    if not call.is_json:
        parts.append("--output answer")
    return " \\\n  ".join(parts)


def _python(call):
    lines = ["import os", "", "import requests", ""] if call.secured else []
    lines = lines or ["import requests", ""]
    lines.append("answer = requests.request(")
    lines.append(f'    "{call.verb}",')
    lines.append(f'    "{SERVER}{call.path}",')
    if call.query:
        lines.append(f"    params={_literal(call.query, 1)},")
    headers = dict(call.headers)
    headers.pop("Content-Type", None)  # what json= says by itself
    text = _literal(headers, 1)
    if call.secured:
        token = "    " * 2 + '"Authorization": f"Bearer {os.environ[\'TOKEN\']}",\n'
        text = (
            text.replace("{\n", "{\n" + token, 1) if headers else f"{{\n{token}    }}"
        )
    if headers or call.secured:
        lines.append(f"    headers={text},")
    if call.body is not None:
        lines.append(f"    json={_literal(call.body, 1)},")
    lines += ["    timeout=30,", ")"]
    shown = "answer.json()" if call.is_json else 'len(answer.content), "bytes"'
    lines.append(f"print(answer.status_code, {shown})")
    return "\n".join(lines)


def _literal(value, level=0):
    """A JSON value as Python writes it, indented by four."""
    inner, outer = "    " * (level + 1), "    " * level
    if isinstance(value, dict) and value:
        rows = [
            f"{inner}{json.dumps(key, ensure_ascii=False)}: {_literal(item, level + 1)}"
            for key, item in value.items()
        ]
        return "{\n" + "".join(f"{row},\n" for row in rows) + outer + "}"
    if isinstance(value, list) and value:
        rows = [inner + _literal(item, level + 1) for item in value]
        return "[\n" + "".join(f"{row},\n" for row in rows) + outer + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)


def _javascript(call):
    lines = ['const token = "the access_token of auth/login";'] * call.secured
    lines.append(f'const answer = await fetch("{call.url}", {{')
    lines.append(f'  method: "{call.verb}",')
    headers = "".join(
        f"    {json.dumps(name)}: {json.dumps(value)},\n"
        for name, value in call.headers.items()
    )
    if call.secured:
        headers = '    Authorization: "Bearer " + token,\n' + headers
    if headers:
        lines.append(f"  headers: {{\n{headers}  }},")
    if call.body is not None:
        text = json.dumps(call.body, ensure_ascii=False, indent=2)
        text = text.replace("\n", "\n  ")
        lines.append(f"  body: JSON.stringify({text}),")
    lines.append("});")
    shown = "await answer.json()" if call.is_json else "(await answer.blob()).size"
    lines.append(f"console.log(answer.status, {shown});")
    return "\n".join(lines)
