"""The description of the API, and that it says what is so."""

import ast
import json
import re
import threading
from pathlib import Path
from types import FunctionType, SimpleNamespace
from unittest.mock import patch

import jsonschema_rs
from lxml import html

from odoo.tests import loader, tagged

from ...controllers import description, docs_pages
from ...controllers.gateway import OPERATIONS
from ...schemas import base, examples, vocabulary
from ...schemas.openapi import OpenApi, described_path
from ...schemas.problem import PROBLEMS, problem_body
from .. import contract
from ..common import ApiCase, FiscalCase
from ..pure_case import PureCase
from ..succeeds import succeeds

ADDON = Path(__file__).parents[2]
CODE = re.compile(r"[A-Z][A-Z0-9_]+")
#: The plain page is served where the reference page has no script to load.
WITHOUT_RAPIDOC = patch.object(docs_pages, "rapidoc", lambda: None)


def raised_codes():
    """``{code: file}`` of every problem that is raised: what stands in the calls that
    raise, and what is the name of a problem elsewhere."""
    found = {}
    for folder in ("models", "controllers", "wizard", "fiscal"):
        for file in (ADDON / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                for text in _codes(node):
                    found[text] = file.name
    return found


def _codes(node):
    if isinstance(node, ast.Call) and _raises(node.func) and node.args:
        texts = ast.walk(node.args[0])
        return [
            part.value
            for part in texts
            if isinstance(part, ast.Constant) and CODE.fullmatch(str(part.value))
        ]
    known = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return [node.value] if known and node.value in PROBLEMS else []


def _raises(function):
    if isinstance(function, ast.Name):
        return function.id in ("ApiProblem", "_failure")
    return (
        isinstance(function, ast.Attribute)
        and function.attr == "add"
        and "findings" in ast.unparse(function.value)
    )


def _shapes(*bases):
    for base_class in bases:
        for shape in base_class.__subclasses__():
            yield shape
            yield from _shapes(shape)


class TestDescription(FiscalCase):
    def test_it_is_openapi(self):
        document = description.document()
        self.assertEqual(document["openapi"], "3.1.0")
        for name, schema in document["components"]["schemas"].items():
            with self.subTest(schema=name):
                jsonschema_rs.meta.validate(
                    {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema
                )
                self.assertNotIn("__", name, "two shapes bear one name")

    def test_references_lead_somewhere(self):
        document = description.document()
        found = set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document)))
        self.assertTrue(found)
        for reference in found:
            target = document
            for step in reference.split("/"):
                self.assertIn(step, target, reference)
                target = target[step]

    def test_operations_have_names_of_their_own(self):
        names = [
            operation["operationId"]
            for methods in description.document()["paths"].values()
            for operation in methods.values()
        ]
        self.assertEqual(len(names), len(set(names)))

    def test_routes_and_description_are_the_same(self):
        """Both ways: no rule of the routing is missing, none is invented."""
        routed = set()
        with patch.object(
            threading.current_thread(), "dbname", self.env.cr.dbname, create=True
        ):
            rules = list(self.env["ir.http"].routing_map().iter_rules())
        for rule in rules:
            routing = rule.endpoint.routing
            if routing["type"] != "pos_api":
                continue
            for verb, route in routing["nu_operations"].items():
                if route.name != "unknown":
                    path = described_path(rule.rule)
                    routed.add((path, verb, route.name, route.permission))
        described = {
            (path, verb.upper(), self._route_of(path, verb), operation["x-permission"])
            for path, methods in description.document()["paths"].items()
            for verb, operation in methods.items()
        }
        self.assertEqual(routed, described)

    def _route_of(self, path, verb):
        return next(
            route.name
            for route in OPERATIONS.values()
            if verb.upper() in route.verbs
            and path in map(described_path, route.full_paths)
        )

    def test_every_raised_problem_is_known_and_reachable(self):
        raised = raised_codes()
        self.assertIn("NCF_EXHAUSTED", raised, "the search finds nothing")
        reachable = {
            code for route in OPERATIONS.values() for code in route.problem_codes
        }
        for code, file in sorted(raised.items()):
            with self.subTest(code=code, file=file):
                self.assertIn(code, PROBLEMS)
                self.assertIn(code, reachable)

    def test_every_operation_has_a_test_of_its_success(self):
        shown = {
            operation
            for module in loader.get_test_modules("nu_restaurant_pos")
            for case in vars(module).values()
            if isinstance(case, type) and case.__module__ == module.__name__
            for test in vars(case).values()
            if isinstance(test, FunctionType)
            for operation in getattr(test, "succeeds", ())
        }
        self.assertEqual(contract.operations() - shown, set(), "nobody shows them")
        self.assertEqual(shown - contract.operations(), set(), "there are none such")

    def test_every_code_of_a_route_is_a_problem(self):
        for route in OPERATIONS.values():
            self.assertFalse(set(route.problem_codes) - set(PROBLEMS), route.name)

    def test_examples_fit_their_shapes(self):
        count = 0
        for where, schema, value in self._examples():
            with self.subTest(example=where):
                errors = [
                    f"{error.instance_path}: {error.message}"
                    for error in contract.validator(schema).iter_errors(value)
                ]
                self.assertFalse(errors)
            count += 1
        self.assertGreater(count, 100)

    def _examples(self):
        document = description.document()
        for path, methods in document["paths"].items():
            for verb, operation in methods.items():
                where = f"{verb} {path}"
                bodies = [operation.get("requestBody", {})]
                bodies += operation["responses"].values()
                for body in bodies:
                    for content in body.get("content", {}).values():
                        for name, example in content.get("examples", {}).items():
                            if "$ref" in example:
                                example = document["components"]["examples"][name]
                            yield f"{where} {name}", content["schema"], example["value"]
                for parameter in operation["parameters"]:
                    if "$ref" in parameter:
                        name = parameter["$ref"].rsplit("/", 1)[1]
                        parameter = document["components"]["parameters"][name]
                    if "example" in parameter:
                        yield (
                            f"{where} {parameter['name']}",
                            parameter["schema"],
                            parameter["example"],
                        )

    def test_every_property_has_a_meaning_and_an_example(self):
        document = description.document()
        count = 0
        for name, shape in document["components"]["schemas"].items():
            for key, schema in shape.get("properties", {}).items():
                with self.subTest(property=f"{name}.{key}"):
                    self.assertTrue(schema.get("description"))
                    # what holds shapes has the examples of their properties
                    if '"$ref"' not in json.dumps(schema):
                        self.assertTrue(schema.get("examples"))
                    for example in schema.get("examples", ()):
                        errors = contract.validator(schema).iter_errors(example)
                        self.assertFalse([error.message for error in errors])
                count += 1
        self.assertGreater(count, 800)

    def test_every_parameter_has_a_meaning(self):
        for path, methods in description.document()["paths"].items():
            for operation in methods.values():
                for parameter in operation["parameters"]:
                    if "$ref" not in parameter:
                        with self.subTest(path=path, parameter=parameter["name"]):
                            self.assertIn(" ", parameter["description"])

    def test_the_vocabulary_is_used(self):
        """No meaning of a property that no shape has."""
        shapes = {shape.__name__: shape for shape in _shapes(base.Wire, base.Out)}
        shapes["OpenApi"] = OpenApi
        names = {name for shape in shapes.values() for name in shape.model_fields}
        self.assertFalse(set(vocabulary.WORDS) - names)
        for shape, words in vocabulary.OF_SHAPES.items():
            with self.subTest(shape=shape):
                self.assertFalse(set(words) - set(shapes[shape].model_fields))

    def test_every_body_has_an_example(self):
        for route in description.described_operations():
            with self.subTest(route=route.name):
                if route.body:
                    self.assertTrue(examples.of_request(route))
                if route.media_type == "application/json" and route.name != (
                    "api.description"
                ):
                    for status in route.statuses:
                        self.assertTrue(examples.of_answer(route, status))

    def test_examples_of_requests_are_read_by_the_routes(self):
        count = 0
        for route in description.described_operations():
            for name, body in examples.of_request(route).items():
                with self.subTest(route=route.name, example=name):
                    read = route.body.model_validate(body)
                    self.assertTrue(read.model_fields_set or not body)
                    count += 1
        self.assertGreater(count, 20)


@tagged("post_install", "-at_install")
class TestDescriptionOverHttp(ApiCase):
    @succeeds("GET openapi.json")
    def test_document(self):
        status, body, response = self.call("openapi.json", method="GET", token=None)
        self.assertEqual(status, 200)
        self.assertEqual(body, json.loads(json.dumps(description.document())))
        etag = response.headers["ETag"]
        status, _body, response = self.call(
            "openapi.json", method="GET", token=None, headers={"If-None-Match": etag}
        )
        self.assertEqual((status, response.content), (304, b""))
        self.assertEqual(response.headers["ETag"], etag)

    def test_what_has_two_names_says_so(self):
        _status, body, _response = self.call("openapi.json", method="GET", token=None)
        schemas = body["components"]["schemas"]
        for shape, name, words in (
            ("Snapshot", "amount_paid", "handed over"),
            ("OrderAnswer", "amount_paid", "less the change"),
            ("OrderSummary", "amount_paid", "less the change"),
            ("Partner", "rnc", "`vat`"),
            ("Snapshot", "customer", "`rnc`"),
            ("BootUser", "max_discount", "0 means that there is no cap"),
            ("PosUser", "max_discount_pct", "null: no cap"),
            ("Line", "qty", "three where the product is weighed"),
            ("Product", "to_weight", "three decimals"),
            ("Line", "id", "`client_id`"),
            ("OrderLine", "id", "`client_id`"),
            ("OrderLine", "client_id", "its terminal gave it"),
            ("OrderLine", "name", "`product_name`"),
            ("ReturnedLine", "quantity", "`qty`"),
            ("Fiscal", "reference", "`fiscal_number`"),
            ("OrderAnswer", "pos_reference", "`fiscal.reference`"),
            ("Snapshot", "mode", "MODE_NOT_SOLD"),
            ("Snapshot", "fiscal_type", "`B02`, `02`, `E32`, `32`"),
        ):
            with self.subTest(f"{shape}.{name}"):
                found = json.dumps(schemas[shape]["properties"][name])
                self.assertIn('"description"', found)
                self.assertIn(words, found)
        self.assertIn("201", schemas["OrderAnswer"]["description"])
        self.assertIn("in UTC, written\n`Z` or `+00:00`", body["info"]["description"])

    def test_keys_are_read_where_the_table_says_so(self):
        for route in description.described_operations():
            if "POST" not in route.verbs or route.public:
                continue
            path = described_path(route.full_paths[0])
            _status, body, _response = self.call(
                re.sub(r"\{.*?\}", "0", path),
                {},
                # who may do everything is refused for nothing but the key
                token=self.login("gerente@demo.do", "gerente-Demo-2026"),
                headers={"Idempotency-Key": "x" * 129},
            )
            refused = [error["path"] for error in body.get("errors", ())]
            with self.subTest(route=route.name):
                self.assertEqual("Idempotency-Key" in refused, route.keyed)

    def test_document_needs_no_headers(self):
        nothing = {"X-Device-Id": None, "X-App-Version": None, "Content-Type": None}
        for path in ("openapi.json", "docs"):
            status, _body, _response = self.call(
                path, method="GET", token=None, headers=nothing
            )
            self.assertEqual(status, 200)

    @WITHOUT_RAPIDOC
    @succeeds("GET docs")
    def test_page_needs_no_network(self):
        status, _body, response = self.call("docs", method="GET", token=None)
        self.assertEqual(status, 200)
        self.assertEqual(response.headers["Content-Type"], "text/html; charset=utf-8")
        policy = response.headers["Content-Security-Policy"]
        self.assertTrue(policy.startswith("default-src 'none'; style-src 'sha256-"))
        page = html.fromstring(response.text)
        self.assertFalse(page.xpath("//script | //link | //img | //iframe"))
        self.assertFalse(page.xpath("//*[@style or @onclick]"), "the policy forbids it")
        outside = [link for link in page.xpath("//@href | //@src") if "//" in link]
        self.assertFalse(outside)
        self.assertTrue(page.xpath("//meta[@name='viewport']"))

    @WITHOUT_RAPIDOC
    def test_page_tells_all(self):
        _status, _body, response = self.call("docs", method="GET", token=None)
        page = html.fromstring(response.text)
        anchors = set(page.xpath("//@id"))
        self.assertEqual(len(anchors), len(page.xpath("//@id")), "an id twice")
        for link in page.xpath("//a/@href[starts-with(., '#')]"):
            self.assertIn(link[1:], anchors)
        text = page.text_content()
        for path, methods in description.document()["paths"].items():
            self.assertIn(path, text)
            for operation in methods.values():
                self.assertIn(operation["operationId"], anchors)
                if operation["x-permission"]:
                    self.assertIn(operation["x-permission"], text)
        for code in PROBLEMS:
            self.assertIn(code, text)
        self.assertNotIn("`", text)
        self.assertNotIn("<code>", text, "escaped twice")

    @WITHOUT_RAPIDOC
    def test_page_is_kept_by_browsers(self):
        _status, _body, response = self.call("docs", method="GET", token=None)
        status, _body, response = self.call(
            "docs",
            method="GET",
            token=None,
            headers={"If-None-Match": response.headers["ETag"]},
        )
        self.assertEqual((status, response.content), (304, b""))


#: What ``health`` answers.
UP = {"status": "ok", "time": "2026-11-21T18:05:00Z"}


class TestContract(FiscalCase):
    """The check that every call of the HTTP tests goes through can fail."""

    def test_success_that_is_not_shown_fails(self):
        class Case(PureCase):
            succeeded = {"GET health"}

            @succeeds("GET health")
            def test_shown(self):
                return self

            @succeeds("GET health", "POST health")
            def test_not_shown(self):
                return self

        self.assertTrue(Case("test_shown").test_shown())
        with self.assertRaisesRegex(AssertionError, "POST health"):
            Case("test_not_shown").test_not_shown()

    def answer(self, status=200, body=None, path="health", method="GET", **headers):
        headers = {
            "X-Request-Id": "a",
            "Content-Type": "application/json",
            **headers,
        }
        return SimpleNamespace(
            request=SimpleNamespace(
                url=f"http://localhost/pos-api/v1/{path}", method=method
            ),
            status_code=status,
            headers=headers,
            text=json.dumps(body),
            json=lambda: body,
        )

    def test_what_is_described_passes(self):
        contract.check(self.answer(body=UP))
        problem = problem_body("INTERNAL", request_id="a")
        media_type = {"Content-Type": "application/problem+json"}
        contract.check(self.answer(500, problem, **media_type))

    def test_what_is_not_described_fails(self):
        problem = {"Content-Type": "application/problem+json"}
        wrong = [
            self.answer(body={}),
            self.answer(body={**UP, "status": "fine"}),
            self.answer(body={**UP, "more": 1}),
            self.answer(202, UP),
            self.answer(200, UP, path="nowhere"),
            self.answer(200, UP, method="DELETE"),
            self.answer(200, UP, **{"X-Request-Id": ""}),
            self.answer(200, UP, **{"Content-Type": "text/plain"}),
            self.answer(500, {"status": 500, "code": "INTERNAL"}, **problem),
            # a code of another status, a code the route does not have
            self.answer(400, problem_body("BUSY", request_id="a"), **problem),
            self.answer(
                400, problem_body("BAD_JSON", request_id="a"), "docs", **problem
            ),
        ]
        for answer in wrong:
            with self.subTest(status=answer.status_code, body=answer.text):
                self.assertRaises(AssertionError, contract.check, answer)
