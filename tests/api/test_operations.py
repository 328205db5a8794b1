"""What declares an operation, declares all of it."""

from typing import ClassVar
from unittest.mock import patch

from odoo import http

from ...controllers import gateway
from ...schemas import openapi
from ...schemas.base import Identifier, Out, Page, Wire
from ...schemas.operation import Operation
from ..pure_case import PureCase


class WaiterQuery(Wire):
    """Waiters of a register."""

    EXAMPLES: ClassVar = {"Of the bar": {"config_id": 3}}

    config_id: Identifier | None = None


class Waiter(Out):
    """One who serves."""

    EXAMPLES: ClassVar = {"Ana": {"id": 7, "name": "Ana"}}

    id: int
    name: str

    @classmethod
    def from_record(cls, employee):
        return cls.closed(id=employee.id, name=employee.name)


LIST = Operation(
    name="waiters.list",
    verbs=("GET",),
    paths=("waiters",),
    summary="Waiters of a register",
    query=WaiterQuery,
    answer=Page[Waiter],
)


class TestOperations(PureCase):
    def test_shapes_bring_their_description_and_examples(self):
        document = openapi.document([LIST])
        operation = document["paths"]["/pos-api/v1/waiters"]["get"]
        self.assertEqual(operation["operationId"], "waiters_list")
        self.assertEqual(operation["summary"], "Waiters of a register")
        [parameter] = [p for p in operation["parameters"] if p.get("in") == "query"]
        self.assertEqual((parameter["name"], parameter["example"]), ("config_id", 3))
        content = operation["responses"]["200"]["content"]["application/json"]
        self.assertEqual(content["schema"]["$ref"], "#/components/schemas/WaiterPage")
        [example] = content["examples"].values()
        self.assertEqual(example["value"]["data"], [{"id": 7, "name": "Ana"}])
        self.assertIn("WaiterPage", document["components"]["schemas"])

    def test_a_record_is_serialized_whole(self):
        self.assertEqual(Waiter.closed(id=1, name="x"), {"id": 1, "name": "x"})
        self.assertRaises(TypeError, Waiter.closed, id=1)
        self.assertRaises(TypeError, Waiter.closed, id=1, name="x", more=1)

    def test_a_declaration_that_cannot_be_served_is_refused(self):
        def first(self):
            """First"""

        def second(self):
            """Second"""

        first.__qualname__, second.__qualname__ = "One.first", "Two.second"
        with (
            patch.dict(gateway.OPERATIONS),
            patch.dict(gateway._PATHS),
        ):
            route = gateway.operation("GET", "x", name="x.get")(first)
            self.assertEqual(route.original_routing["nu_operation"].summary, "First")
            for verbs, path, name, method in (
                ("POST", "x", "x.post", second),  # of another class
                ("GET", "x", "x.again", first),  # the verb is taken
                ("GET", "y", "x.get", first),  # the name is taken
            ):
                with self.subTest(name=name), self.assertRaises(ValueError):
                    gateway.operation(verbs, path, name=name)(method)

    def test_another_name_of_an_operation_asks_and_answers_alike(self):
        found = {
            one.name: one for one in gateway.OPERATIONS.values() if one.like is not None
        }
        self.assertIn("orders.post", found)
        for one in found.values():
            with self.subTest(operation=one.name):
                self.assertEqual(one.body, one.like.body)
                self.assertEqual(one.answer, one.like.answer)
                self.assertEqual(one.permission, one.like.permission)
                self.assertEqual(one.keyed, one.like.keyed)

    def test_methods_are_served_by_one_decorator(self):
        for subclass in http.Controller.children_classes.get("nu_restaurant_pos", []):
            for name, method in vars(subclass).items():
                routing = getattr(method, "original_routing", None)
                if routing and routing.get("type") == "pos_api":
                    with self.subTest(method=name):
                        self.assertIn("nu_operation", routing)
