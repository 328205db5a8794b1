"""Tiles of the log-in screen, and what a hub needs while Odoo is away."""

import base64
import hashlib
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..succeeds import succeeds
from .test_identity_login import StaffCase


@tagged("post_install", "-at_install")
class TestTilesAndOffline(StaffCase):
    def tiles(self, **kwargs):
        return self.on_device("auth/users", method="GET", **kwargs)

    def test_tiles_of_a_device_that_proves_itself(self):
        secret = self.device._renew_secret()
        body = self.assertDone(self.tiles(headers={"X-Device-Secret": secret}))
        self.assertEqual(body["config_id"], self.config.id)
        tiles = {tile["id"]: tile for tile in body["users"]}
        self.assertEqual(
            tiles[self.manager.id],
            {
                "id": self.manager.id,
                "name": "Carmen Gerente",
                "initials": "CG",
                "role": "manager",
                "role_label": "Manager",
                "has_pin": True,
                "has_badge": True,
            },
        )
        self.assertFalse(tiles[self.extra.id]["has_badge"])
        self.assertNotIn("4321", str(body))
        self.assertNotIn("041234567", str(body))

    def test_first_call_of_a_device_that_was_never_seen(self):
        """Its cursor writes, as that of production: a replica's would note nothing."""
        secret = self.device._renew_secret()
        self.device.date_seen = False
        self.env.flush_all()
        self.assertUnauthenticated(self.tiles())  # and the routes are mapped
        for rule in self.env["ir.http"].routing_map().iter_rules():
            if rule.rule.endswith("/auth/users"):
                routing = rule.endpoint.routing
                self.enterContext(patch.dict(routing, readonly=False))
        for _call in range(2):
            body = self.assertDone(self.tiles(headers={"X-Device-Secret": secret}))
            self.assertEqual(body["config_id"], self.config.id)
        self.env.invalidate_all()
        self.assertTrue(self.device.date_seen)

    def test_tiles_need_the_secret_or_a_token(self):
        self.assertUnauthenticated(self.tiles())
        secret = self.device._renew_secret()
        self.assertUnauthenticated(self.tiles(headers={"X-Device-Secret": "x"}))
        self.device.action_revoke()
        self.assertUnauthenticated(self.tiles(headers={"X-Device-Secret": secret}))
        path = f"auth/users?config_id={self.config.id}"
        body = self.assertDone(self.call(path, method="GET"))
        self.assertEqual(len(body["users"]), 4)

    def test_secret_of_a_device_opens_nothing_else(self):
        secret = self.device._renew_secret()
        for path in ("auth/me", "orders", "devices"):
            result = self.on_device(
                path, method="GET", headers={"X-Device-Secret": secret}
            )
            self.assertUnauthenticated(result)

    def test_tiles_of_another_company_are_not_told(self):
        self.make_other_company()
        result = self.call(f"auth/users?config_id={self.other_config.id}", method="GET")
        self.assertRefused(result, 422, "UNKNOWN_REFERENCE", path="config_id")

    def offline(self, token="hub"):
        path = f"hub/offline-auth?config_id={self.config.id}"
        return self.call(path, method="GET", token=token)

    def test_hub_can_verify_a_pin_without_ever_seeing_one(self):
        body = self.assertDone(self.offline())
        staff = {employee["id"]: employee for employee in body["employees"]}
        algorithm = body["algorithm"]
        self.assertEqual(algorithm["name"], "scrypt")

        def matches(kept, text):
            computed = hashlib.scrypt(
                text.encode(),
                salt=base64.b64decode(kept["salt"]),
                **{name: algorithm[name] for name in ("n", "r", "p", "dklen")},
            )
            return base64.b64decode(kept["hash"]) == computed

        manager = staff[self.manager.id]
        self.assertEqual(manager["role"], "manager")
        self.assertTrue(matches(manager["pin"], "432109"))
        self.assertFalse(matches(manager["pin"], "4321"), "the till's")
        self.assertFalse(matches(manager["pin"], "4322"))
        self.assertTrue(matches(manager["badge"], "041234567"))
        self.assertIsNone(staff[self.extra.id]["badge"])
        hashed = hashlib.sha1(b"4321").hexdigest()
        for secret in ("4321", "432109", "041234567", hashed):
            self.assertNotIn(f'"{secret}"', str(body).replace("'", '"'))

    @succeeds("GET hub/offline-auth")
    def test_equal_pins_have_unlike_hashes_which_stay_until_the_pin_changes(self):
        self.extra.pin = "1111"

        def pins():
            staff = self.assertDone(self.offline())["employees"]
            return {employee["id"]: employee["pin"] for employee in staff}

        first = pins()
        self.assertNotEqual(first[self.extra.id], first[self.cashier.id])
        self.assertEqual(pins(), first)
        self.extra.pin = "1112"
        self.assertNotEqual(pins()[self.extra.id], first[self.extra.id])

    def test_offline_data_is_for_hubs_and_administrators_only(self):
        group = "nu_restaurant_pos.group_pos_hub_service"
        for name in ("caja", "gerente", "mesero"):
            with self.subTest(name):
                token = self.login(f"{name}@demo.do", f"{name}-Demo-2026")
                body = self.assertRefused(self.offline(token), 403, "FORBIDDEN")
                self.assertIn(group, body["detail"])
        self.assertDone(self.offline())
        self.hub.group_ids -= self.env.ref(group)
        self.assertRefused(self.offline(), 403, "FORBIDDEN")
        # nothing else stops
        self.assertDone(self.call("orders/create", self.draft()), 201)
        self.hub.group_ids += self.env.ref("base.group_system")
        self.assertDone(self.offline())

    def test_offline_data_over_rpc(self):
        Config = self.env["pos.config"].with_user(self.hub)
        body = Config.nu_offline_auth(self.config.id)
        self.assertEqual(len(body["employees"]), 4)
        for wrong in (None, "1", True, [1]):
            self.assertProblem("VALIDATION", Config.nu_offline_auth, wrong)
        self.make_other_company()
        self.assertProblem(
            "UNKNOWN_REFERENCE", Config.nu_offline_auth, self.other_config.id
        )
        cashier = Config.with_user(self.ref("user_cashier"))
        with mute_logger("odoo.http"):
            self.assertProblem("FORBIDDEN", cashier.nu_offline_auth, self.config.id)
