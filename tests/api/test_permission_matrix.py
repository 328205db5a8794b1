"""Every route of the table with every role, in the own and in another company."""

import re

from ...controllers.gateway import OPERATIONS
from ...schemas.permissions import PERMISSIONS
from ..gateway_case import GatewayCase

WHO = {
    "manager": ("gerente@demo.do", "gerente-Demo-2026"),
    "cashier": ("caja@demo.do", "caja-Demo-2026"),
    "waiter": ("mesero@demo.do", "mesero-Demo-2026"),
    "hub": ("hub@demo.do", "hub-Demo-2026"),
    "accountant": ("contadora@demo.do", "contadora-Demo-2026"),
}
#: Roles behind the demo's people: the accountant has no role at the till.
ROLES = {
    "manager": {"manager"},
    "cashier": {"cashier"},
    "waiter": {"waiter"},
    "hub": {"cashier", "hub"},
    "accountant": {"waiter"},
}
#: What an empty request is told by a caller who may call: the route has done its work,
#: or it says what is missing. A list is a list, a record 999999999 is not there.
ALLOWED = {
    "orders.create": (422, "VALIDATION"),
    "orders.create.legacy": (422, "VALIDATION"),
    "orders.post": (422, "VALIDATION"),
    "orders.list": (200, None),
    "orders.detail": (404, "NOT_FOUND"),
    "orders.reserve": (422, "VALIDATION"),
    "orders.release": (422, "VALIDATION"),
    "orders.refund": (404, "NOT_FOUND"),
    "orders.cancel": (422, "VALIDATION"),
    "orders.credit_note": (422, "VALIDATION"),
    "refunds.list": (200, None),
    "refunds.detail": (404, "NOT_FOUND"),
    "documents.list": (200, None),
    "documents.issue": (422, "VALIDATION"),
    "documents.detail": (404, "NOT_FOUND"),
    "documents.submit": (404, "NOT_FOUND"),
    "documents.xml": (404, "NOT_FOUND"),
    "documents.pdf": (404, "NOT_FOUND"),
    "documents.annul": (422, "VALIDATION"),
    "sequences.list": (200, None),
    "sequences.add": (422, "VALIDATION"),
    "sequences.change": (422, "VALIDATION"),
    "hub.finalize": (422, "VALIDATION"),
    "devices.list": (200, None),
    "devices.register": (422, "VALIDATION"),
    "devices.change": (404, "NOT_FOUND"),
    "devices.revoke": (404, "NOT_FOUND"),
    "customers.credit_check": (422, "VALIDATION"),
    "customers.validate_rnc": (422, "VALIDATION"),
    "customers.validate_rnc.legacy": (422, "VALIDATION"),
}
#: Answers of lists where the register of the query is one of another company.
ELSEWHERE = {
    "documents.list": (422, "UNKNOWN_REFERENCE"),
    "sequences.list": (422, "UNKNOWN_REFERENCE"),
}


class TestPermissionMatrix(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_other_company()

    def routes(self):
        return [
            route
            for route in OPERATIONS.values()
            if route.permission and not route.public
        ]

    def ask(self, route, token, config_id):
        """A request that names the register where such a request can name it."""
        verb = route.verbs[0]
        path = route.full_paths[0].replace("<string:ref>", "999999999")
        path = re.sub(r"<int:\w+>", "999999999", path)
        named = getattr(route.query, "model_fields", {})
        if verb == "GET":
            body = None
            if "config_id" in named:
                path += f"?config_id={config_id}"
        else:
            body = {"config_id": config_id}
        status, answer, _response = self.call(path, body, method=verb, token=token)
        return status, (answer or {}).get("code"), answer

    def test_every_route_with_every_role_in_both_companies(self):
        self.assertEqual({route.name for route in self.routes()}, set(ALLOWED))
        tokens = {who: self.login(*secret) for who, secret in WHO.items()}
        for route in self.routes():
            for who, token in tokens.items():
                allowed = bool(PERMISSIONS[route.permission].roles & ROLES[who])
                for company, config_id in (
                    ("own", self.config.id),
                    ("other", self.other_config.id),
                ):
                    with self.subTest(route=route.name, who=who, company=company):
                        self.check(route, token, config_id, allowed, company)

    def check(self, route, token, config_id, allowed, company):
        status, code, answer = self.ask(route, token, config_id)
        if not allowed:
            self.assertEqual((status, code), (403, "FORBIDDEN"), answer)
            self.assertEqual(answer["permission"], route.permission)
            return
        expected = ALLOWED[route.name]
        if company == "other":
            expected = ELSEWHERE.get(route.name, expected)
        self.assertEqual((status, code), expected, answer)
        if company == "other" and status == 200:
            self.assertFalse(answer["data"] if "devices" not in route.name else ())

    def test_an_override_of_a_register_holds_for_queries_and_bodies(self):
        """Each permission taken from the manager on one register is asked for by every
        route that can name the register, in the query of a GET as in a body."""
        terrace = self.second_register()
        token = self.login(*WHO["manager"])
        Line = self.env["nu.pos.permission.config"]
        values = {"company_id": self.company.id, "role": "manager", "allowed": False}
        for route in self.routes():
            if route.verbs[0] == "GET" and "config_id" not in getattr(
                route.query, "model_fields", {}
            ):
                continue
            line = Line.create(
                {**values, "config_id": terrace.id, "permission": route.permission}
            )
            with self.subTest(route=route.name):
                status, code, answer = self.ask(route, token, terrace.id)
                self.assertEqual((status, code), (403, "FORBIDDEN"), answer)
                self.assertEqual(answer["permission"], route.permission)
                status, code, answer = self.ask(route, token, self.config.id)
                self.assertEqual((status, code), ALLOWED[route.name], answer)
            line.unlink()

    def test_the_register_is_that_of_the_request_as_it_is_read(self):
        """``2.0`` is a register as ``2`` is, and ``"2"``, to shape and permission."""
        terrace = self.second_register()
        token = self.login(*WHO["manager"])
        self.env["nu.pos.permission.config"].create(
            {
                "company_id": self.company.id,
                "config_id": terrace.id,
                "role": "manager",
                "permission": "customers_view",
                "allowed": False,
            }
        )
        customer = self.env["res.partner"].create({"name": "Cliente"})
        for config, expected in ((terrace, 403), (self.config, 200)):
            for spelling in (config.id, float(config.id), str(config.id)):
                body = {
                    "partner_id": customer.id,
                    "amount": 1,
                    "config_id": spelling,
                }
                with self.subTest(config=config.name, spelling=spelling):
                    status, answer, _response = self.call(
                        "customers/credit-check", body, token=token
                    )
                    self.assertEqual(status, expected, answer)
