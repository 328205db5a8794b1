"""Every route of the table with every role, in the own and in another company."""

import re

from ..schemas.permissions import PERMISSIONS
from ..schemas.routes import ROUTES
from .gateway_case import GatewayCase

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


class TestPermissionMatrix(GatewayCase):
    def test_every_route_with_every_role_in_both_companies(self):
        self.make_other_company()
        tokens = {who: self.login(*secret) for who, secret in WHO.items()}
        seen = 0
        for route in ROUTES.values():
            if route.public or not route.permission:
                continue
            for who, token in tokens.items():
                allowed = bool(PERMISSIONS[route.permission].roles & ROLES[who])
                for company, config_id in (
                    ("own", self.config.id),
                    ("other", self.other_config.id),
                ):
                    with self.subTest(route=route.name, who=who, company=company):
                        self.check(route, token, config_id, allowed, company)
                        seen += 1
        self.assertGreater(seen, 50)

    def check(self, route, token, config_id, allowed, company):
        verb = route.verbs[0]
        path = route.full_paths[0].replace("<string:ref>", "999999999")
        path = re.sub(r"<int:\w+>", "999999999", path)
        body = {"config_id": config_id} if verb != "GET" else None
        status, answer, _response = self.call(path, body, method=verb, token=token)
        if allowed:
            self.assertNotEqual((status, answer.get("code")), (403, "FORBIDDEN"))
            if company == "other" and body:
                # told apart from nobody: the register is unknown or the body wrong
                self.assertIn(status, (404, 422, 207, 200))
                self.assertNotIn("order_id", answer)
        else:
            self.assertEqual((status, answer["code"]), (403, "FORBIDDEN"), answer)
            self.assertEqual(answer["permission"], route.permission)
