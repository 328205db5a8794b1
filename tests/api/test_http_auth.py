"""Who calls, and with which client."""

import threading
import time
from datetime import datetime
from unittest.mock import patch

import jwt
from freezegun import freeze_time

from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import HUB_LOGIN, HUB_PASSWORD
from ..gateway_case import GatewayCase
from ..succeeds import succeeds

#: Routes that answer without a token; a new one is a decision, not an accident.
PUBLIC = {
    "/pos-api/v1/auth/login",
    "/pos-api/v1/auth/refresh",
    "/pos-api/v1/health",
    "/pos-api/v1/openapi.json",
    "/pos-api/v1/docs",
    # what does not exist
    "/pos-api/v1",
    "/pos-api/v1/<path:rest>",
}


class AuthCase(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.parameters = cls.env["ir.config_parameter"].sudo()
        # wrong passwords on purpose: no pause for them
        cls.parameters.set_param("base.login_cooldown_after", "0")
        cls.Token = cls.env["nu.pos.token"]

    def log_in(self, login=HUB_LOGIN, password=HUB_PASSWORD, **kwargs):
        body = {"login": login, "password": password}
        with mute_logger("odoo.addons.base.models.res_users"):
            return self.call("auth/login", body, token=None, **kwargs)

    def me(self, **kwargs):
        return self.call("auth/me", method="GET", **kwargs)

    def assertIdentified(self, result, user=None):
        body = self.assertDone(result)
        self.assertEqual(body["user"]["id"], (user or self.hub).id)
        return body

    def assertUnauthenticated(self, result, code="UNAUTHENTICATED"):
        body = self.assertRefused(result, 401, code)
        self.assertEqual(result[2].headers["WWW-Authenticate"], "Bearer")
        self.assertFalse(body["retryable"])
        return body


@tagged("post_install", "-at_install")
class TestLogin(AuthCase):
    def test_login_answers_two_tokens_and_the_user(self):
        body = self.assertDone(self.log_in())
        self.assertEqual(body["expires_in"], 3600)
        self.assertEqual(
            body["user"],
            {
                "id": self.hub.id,
                "name": "Hub Barilo",
                "role": "cashier",
                "employee_id": None,
            },
        )
        self.assertEqual(body["access_token"].count("."), 2)
        self.assertNotEqual(body["access_token"], body["refresh_token"])
        self.assertIdentified(self.me(token=body["access_token"]))

    def test_login_needs_no_device(self):
        nothing = {"X-Device-Id": None, "X-App-Version": None}
        self.assertDone(self.log_in(headers=nothing))

    def test_role_is_the_highest_group(self):
        for role, name in (
            ("manager", "gerente"),
            ("cashier", "caja"),
            ("waiter", "mesero"),
        ):
            with self.subTest(role=role):
                body = self.assertDone(
                    self.log_in(f"{name}@demo.do", f"{name}-Demo-2026")
                )
                self.assertEqual(body["user"]["role"], role)

    def test_portal_users_get_no_token(self):
        new_test_user(self.env, "portalero", "base.group_portal", password="x" * 12)
        result = self.log_in("portalero", "x" * 12)
        body = self.assertRefused(result, 403, "FORBIDDEN")
        self.assertNotIn("access_token", body)

    def test_bad_credentials_do_not_tell_what_was_wrong(self):
        self.ref("user_cashier").active = False
        answers = []
        for login, password in (
            ("nobody@demo.do", "x"),
            (HUB_LOGIN, "wrong"),
            (HUB_LOGIN, ""),
            ("caja@demo.do", "caja-Demo-2026"),
        ):
            with self.subTest(login=login):
                result = self.log_in(login, password)
                body = self.assertUnauthenticated(result, "BAD_CREDENTIALS")
                del body["request_id"]
                answers.append(body)
        self.assertEqual(answers, answers[:1] * 4)

    def test_password_is_not_repeated_in_a_refusal(self):
        result = self.call(
            "auth/login", {"login": 1, "password": "S3cret!"}, token=None
        )
        self.assertRefused(result, 422, "VALIDATION", path="login")
        self.assertNotIn("S3cret!", result[2].text)

    def test_login_is_audited_with_its_device(self):
        self.assertDone(self.log_in(headers={"X-Device-Id": "till-9"}))
        row = self.env["nu_restaurant_pos.order_audit"].search([], limit=1)
        self.assertEqual(
            (row.event, row.user_id, row.device), ("login", self.hub, "till-9")
        )
        self.assertNotIn(HUB_PASSWORD, row.payload)

    def test_odoos_pause_of_an_address_keeps_no_hub_out(self):
        """All tills of a house share one address; whose passwords are wrong is counted
        by person and way in."""
        self.parameters.set_param("base.login_cooldown_after", "2")
        with patch.object(self.registry, "_login_failures", None, create=True):
            for _attempt in range(3):
                self.assertUnauthenticated(
                    self.log_in("caja@demo.do", "wrong"), "BAD_CREDENTIALS"
                )
            self.assertDone(self.log_in())

    def test_too_many_wrong_passwords_are_told_to_wait(self):
        for _attempt in range(5):
            self.assertUnauthenticated(self.log_in(password="wrong"), "BAD_CREDENTIALS")
        result = self.log_in()
        body = self.assertRefused(result, 429, "RATE_LIMITED")
        self.assertTrue(body["retryable"])
        self.assertGreater(int(result[2].headers["Retry-After"]), 0)

    def test_log_in_context_cannot_be_sent(self):
        """Only a log-in of the API goes without Odoo's pause."""
        self.parameters.set_param("base.login_cooldown_after", "5")
        self.parameters.set_param("base.login_cooldown_duration", "60")
        users = self.env["res.users"].with_context(nu_api_login=True)
        now = datetime.now()
        self.assertTrue(users._on_login_cooldown(100, now))


@tagged("post_install", "-at_install")
class TestToken(AuthCase):
    def routes(self):
        """``(path, rule)`` of the API's routes, parameters filled in."""
        # the map asks its thread for the database
        with patch.object(
            threading.current_thread(), "dbname", self.env.cr.dbname, create=True
        ):
            routing_map = self.env["ir.http"].routing_map()
        for rule in routing_map.iter_rules():
            if rule.endpoint.routing.get("type") != "pos_api":
                continue
            _host, path = rule.build(dict.fromkeys(rule.arguments, "1"))
            yield path, rule

    def test_every_route_but_the_public_ones_needs_a_token(self):
        checked = 0
        for path, rule in self.routes():
            if rule.rule in PUBLIC:
                continue
            answered = []
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                with self.subTest(path=path, method=method):
                    result = self.call(path, method=method, token=None)
                    if result[0] == 405:
                        continue
                    answered.append(method)
                    self.assertUnauthenticated(result)
            self.assertTrue(answered, rule.rule)
            checked += len(answered)
        self.assertGreaterEqual(checked, 10)

    def test_only_bearer_carries_a_token(self):
        token = self.login()
        for header in (token, f"Basic {token}", f"Token {token}", "Bearer", "Bearer  "):
            with self.subTest(header=header[:8]):
                self.assertUnauthenticated(
                    self.me(token=None, headers={"Authorization": header})
                )

    @succeeds("GET auth/me", "POST auth/me")
    def test_identity_is_answered_for_get_and_post(self):
        for method in ("GET", "POST"):
            with self.subTest(method=method):
                body = self.assertIdentified(self.call("auth/me", method=method))
                self.assertEqual(body["company_ids"], self.company.ids)
                self.assertIn(self.config.id, [c["id"] for c in body["configs"]])

    def test_token_expires_after_the_configured_minutes(self):
        self.parameters.set_param("nu_pos.access_token_minutes", "2")
        body = self.assertDone(self.log_in())
        self.assertEqual(body["expires_in"], 120)
        token = body["access_token"]
        self.assertIdentified(self.me(token=token))
        with freeze_time(time.strftime("%F %T", time.gmtime(time.time() + 121))):
            self.assertUnauthenticated(self.me(token=token), "TOKEN_EXPIRED")

    def test_refresh_token_is_no_access_token(self):
        refresh = self.assertDone(self.log_in())["refresh_token"]
        self.assertUnauthenticated(self.me(token=refresh))

    def test_tampered_token_is_refused(self):
        head, claims, seal = self.login().split(".")
        other = self.login("gerente@demo.do", "gerente-Demo-2026").split(".")[1]
        for name, token in (
            ("claims of another user", f"{head}.{other}.{seal}"),
            ("no seal", f"{head}.{claims}."),
            ("seal cut", f"{head}.{claims}.{seal[:-4]}"),
            ("no claims", f"{head}..{seal}"),
            ("nothing", ".."),
        ):
            with self.subTest(name):
                self.assertUnauthenticated(self.me(token=token))

    def test_forged_token_is_refused(self):
        claims = jwt.decode(self.login(), options={"verify_signature": False})
        secret = self.parameters.get_param("nu_pos.jwt_secret")
        with mute_logger("jwt"):
            forged = {
                "no algorithm": jwt.encode(claims, None, algorithm="none"),
                "another key": jwt.encode(claims, "k" * 64, algorithm="HS256"),
                "another algorithm": jwt.encode(claims, secret, algorithm="HS512"),
                "no expiry": jwt.encode(
                    {k: v for k, v in claims.items() if k != "exp"}, secret
                ),
                "another issuer": jwt.encode({**claims, "iss": "x"}, secret),
                "another user": jwt.encode(
                    {**claims, "sub": str(self.ref("user_manager").id)}, secret
                ),
                "no such user": jwt.encode({**claims, "sub": "999999"}, secret),
            }
        for name, token in forged.items():
            with self.subTest(name):
                self.assertUnauthenticated(self.me(token=token))

    def test_token_tells_nothing_of_the_password(self):
        claims = jwt.decode(self.login(), options={"verify_signature": False})
        self.assertEqual(
            set(claims),
            {
                *("iss", "sub", "typ", "dev", "cid"),
                *("iat", "exp", "jti", "fam", "prf"),
            },
        )
        self.assertRegex(claims["prf"], r"^[0-9a-f]{32}$")

    def test_token_dies_with_its_user(self):
        token = self.login()
        self.assertIdentified(self.me(token=token))
        self.hub.active = False
        self.assertUnauthenticated(self.me(token=token))

    def test_token_dies_with_the_password(self):
        token = self.login()
        self.assertIdentified(self.me(token=token))
        self.hub.password = "another-Demo-2026"
        self.assertUnauthenticated(self.me(token=token))

    def test_rights_are_read_on_every_call(self):
        token = self.login("caja@demo.do", "caja-Demo-2026")
        self.assertDone(self.call("hub/finalize", self.snapshot(), token=token))
        cashier = self.ref("user_cashier")
        cashier.group_ids -= self.env.ref("point_of_sale.group_pos_user")
        result = self.call("hub/finalize", self.snapshot(), token=token)
        body = self.assertRefused(result, 403, "FORBIDDEN")
        self.assertEqual(body["permission"], "payment")

    def test_waiter_takes_orders_and_no_payments(self):
        token = self.login("mesero@demo.do", "mesero-Demo-2026")
        self.assertDone(self.call("orders/create", self.draft(), token=token), 201)
        self.assertDone(self.call("orders", method="GET", token=token))
        count = self.order_count()
        for path, body, method in (
            ("hub/finalize", self.snapshot(), "POST"),
            ("orders/reserve-ncf", {"pos_reference": "a"}, "POST"),
            ("orders/release-ncf", {"pos_reference": "a"}, "POST"),
        ):
            with self.subTest(path=path, method=method):
                result = self.call(path, body, method=method, token=token)
                self.assertRefused(result, 403, "FORBIDDEN")
        # in a batch each order asks for the rights it needs, whoever forwards it
        body = self.assertDone(
            self.call("hub/batch-sync", [self.snapshot()], token=token), 207
        )
        self.assertEqual(body["results"][0]["code"], "FORBIDDEN")
        self.assertEqual(self.order_count(), count)


@tagged("post_install", "-at_install")
class TestApiKey(AuthCase):
    def setUp(self):
        super().setUp()
        keys = self.env["res.users.apikeys"].with_user(self.hub).sudo()
        with mute_logger("odoo.addons.base.models.res_users"):
            self.key = keys._generate("rpc", "hub", None)

    def test_api_key_identifies_without_device_headers(self):
        nothing = {"X-Device-Id": None, "X-App-Version": None}
        for header in (
            {"Authorization": f"Bearer {self.key}"},
            {"X-Api-Key": self.key},
        ):
            with self.subTest(header=list(header)):
                result = self.me(token=None, headers={**nothing, **header})
                self.assertIdentified(result)

    def test_api_key_may_carry_the_device_headers(self):
        self.assertIdentified(self.me(token=self.key))

    def test_sale_with_an_api_key(self):
        result = self.call("hub/finalize", self.snapshot(), token=self.key)
        body = self.assertDone(result)
        self.assertEqual(self.order_of(body).user_id, self.hub)

    def test_unknown_api_key_is_refused(self):
        self.assertUnauthenticated(self.me(token="0" * 40))
        self.assertUnauthenticated(
            self.me(token=None, headers={"X-Api-Key": self.key[:-1] + "g"})
        )

    def test_api_key_of_another_scope_is_refused(self):
        keys = self.env["res.users.apikeys"].with_user(self.hub).sudo()
        with mute_logger("odoo.addons.base.models.res_users"):
            other = keys._generate("other", "hub", None)
        self.assertUnauthenticated(self.me(token=other))

    def test_api_key_of_an_archived_user_is_refused(self):
        self.hub.active = False
        self.assertUnauthenticated(self.me(token=self.key))


@tagged("post_install", "-at_install")
class TestDeviceAndVersion(AuthCase):
    def test_token_needs_device_and_version(self):
        for name in ("X-Device-Id", "X-App-Version"):
            for value in (None, "", "caja ñ".encode(), "x" * 129):
                with self.subTest(name=name, value=value):
                    body = self.assertRefused(
                        self.me(headers={name: value}), 400, "BAD_REQUEST", path=name
                    )
                    self.assertIn(name, body["detail"])

    def test_order_remembers_the_device(self):
        result = self.call(
            "orders/create", self.draft(), headers={"X-Device-Id": "till-9"}
        )
        order = self.order_of(self.assertDone(result, 201))
        self.assertEqual(order.nu_device, "till-9")

    def test_client_below_the_minimum_is_told_to_update(self):
        token = self.login()
        self.parameters.set_param("nu_pos.min_client_version", "1.2.0+42")
        for version in ("1.1.9+99", "1.2.0+41", "1.2.0", "0.9"):
            with self.subTest(version=version):
                result = self.me(token=token, headers={"X-App-Version": version})
                body = self.assertRefused(result, 426, "CLIENT_OUTDATED")
                self.assertEqual(body["min_client_version"], "1.2.0+42")
                self.assertFalse(body["retryable"])

    def test_client_at_or_above_the_minimum_passes(self):
        token = self.login()
        self.parameters.set_param("nu_pos.min_client_version", "1.2.0+42")
        for version in ("1.2.0+42", "1.2+43", "1.2.1+1", "1.10", "2.0.0"):
            with self.subTest(version=version):
                self.assertIdentified(
                    self.me(token=token, headers={"X-App-Version": version})
                )

    def test_minimum_without_a_build_takes_every_build(self):
        token = self.login()
        self.parameters.set_param("nu_pos.min_client_version", "1.2.0")
        for version in ("1.2.0", "1.2.0+1"):
            with self.subTest(version=version):
                self.assertIdentified(
                    self.me(token=token, headers={"X-App-Version": version})
                )

    def test_outdated_client_cannot_log_in(self):
        self.parameters.set_param("nu_pos.min_client_version", "9.0")
        self.assertRefused(self.log_in(), 426, "CLIENT_OUTDATED")
        # who does not tell its version is judged on its next call
        self.assertDone(self.log_in(headers={"X-App-Version": None}))

    def test_outdated_client_sells_nothing(self):
        token = self.login()
        self.parameters.set_param("nu_pos.min_client_version", "9.0")
        count = self.order_count()
        result = self.call("hub/finalize", self.snapshot(), token=token)
        self.assertRefused(result, 426, "CLIENT_OUTDATED")
        self.assertEqual(self.order_count(), count)

    def test_version_of_no_known_form_is_refused(self):
        self.parameters.set_param("nu_pos.min_client_version", "1.0")
        result = self.me(headers={"X-App-Version": "latest"})
        self.assertRefused(result, 400, "BAD_REQUEST", path="X-App-Version")

    def test_unreadable_minimum_locks_nobody_out(self):
        token = self.login()
        self.parameters.set_param("nu_pos.min_client_version", "v1.2")
        with mute_logger("odoo.addons.nu_restaurant_pos.models.access.nu_pos_token"):
            self.assertIdentified(self.me(token=token))

    def test_header_of_a_firewall_is_harmless(self):
        extra = {"x-api-token": "tok_3n-._~"}
        self.assertIdentified(self.me(headers=extra))
        body = self.assertDone(self.log_in(headers=extra))
        self.assertTrue(body["access_token"])
        self.assertDone(self.call("orders/create", self.draft(), headers=extra), 201)
