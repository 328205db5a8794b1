"""Devices: registered, renamed, revoked; who may see and do it."""

from datetime import timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from ...models.access.nu_pos_identity import Caller
from ...models.runtime.call import Call
from ..common import FiscalCase
from ..succeeds import succeeds
from .test_identity_login import DEVICE
from .test_identity_session import SESSION, SessionCase


@tagged("post_install", "-at_install")
class TestDeviceRoutes(SessionCase):
    def manager_token(self):
        return self.pin_token(self.manager, "432109")

    def register(self, token, **body):
        body = {"device_id": "bar-1", "name": "Barra", **body}
        return self.on_device("devices/register", body, token)

    @succeeds("GET devices", "POST devices/register")
    def test_manager_registers_a_device_and_learns_its_secret_once(self):
        token = self.manager_token()
        body = self.assertDone(
            self.register(token, config_id=self.config.id, platform="Android"), 201
        )
        secret = body["device_secret"]
        self.assertGreaterEqual(len(secret), 40)
        self.env.cr.execute("SELECT * FROM nu_pos_device")
        self.assertNotIn(secret, str(self.env.cr.fetchall()))
        result = self.pin(device="bar-1", **{"X-Device-Secret": secret})
        self.assertDone(result)
        listed = self.assertDone(self.on_device("devices", token=token, method="GET"))
        self.assertNotIn(secret, str(listed))
        self.assertEqual({d["device_id"] for d in listed["data"]}, {DEVICE, "bar-1"})

    @succeeds("GET auth/users")
    def test_new_tablet_draws_its_first_screen(self):
        """Its device has never called before."""
        body = self.assertDone(
            self.register(self.manager_token(), config_id=self.config.id), 201
        )
        device = self.env["nu.pos.device"].search([("identifier", "=", "bar-1")])
        self.assertFalse(device.date_seen)
        secret = {"X-Device-Secret": body["device_secret"]}
        for _call in range(2):
            tiles = self.assertDone(
                self.on_device(
                    "auth/users", method="GET", device="bar-1", headers=secret
                )
            )
            names = [user["name"] for user in tiles["users"]]
            self.assertIn(self.cashier.name, names)
        # noted on a connection of its own, which a test does not let a read have
        identities = self.env["nu.pos.identity"]
        caller = identities.of_device("bar-1", body["device_secret"])
        identities.note_device(caller, "bar-1", "1.0.0+1")
        device.invalidate_recordset()
        self.assertEqual(device.app_version, "1.0.0+1")
        self.assertTrue(device.date_seen)

    def test_registering_again_gives_a_new_secret_and_ends_the_sessions(self):
        token = self.manager_token()
        old = self.assertDone(self.register(token), 201)["device_secret"]
        login = self.pin_token(device="bar-1", **{"X-Device-Secret": old})
        body = self.assertDone(self.register(token))
        self.assertFalse(body["created"])
        self.assertUnauthenticated(self.staff_me(login, device="bar-1"))
        self.assertUnauthenticated(self.pin(device="bar-1", **{"X-Device-Secret": old}))

    def test_devices_are_for_managers(self):
        for pin, employee in (("1111", self.cashier), ("2222", self.waiter)):
            token = self.pin_token(employee, pin)
            for path, body, method in (
                ("devices/register", {"device_id": "x"}, "POST"),
                ("devices", None, "GET"),
                (f"devices/{self.device.id}", {"name": "x"}, "PATCH"),
                (f"devices/{self.device.id}/revoke", {}, "POST"),
            ):
                with self.subTest(employee=employee.name, path=path):
                    result = self.on_device(path, body, token, method=method)
                    self.assertRefused(result, 403, "FORBIDDEN")
        self.assertEqual(self.device.state, "active")

    @succeeds(
        "PATCH devices/{device_id}",
        "POST devices/{device_id}",
        "PUT devices/{device_id}",
        "POST devices/{device_id}/revoke",
    )
    def test_manager_renames_and_revokes(self):
        token = self.manager_token()
        path = f"devices/{self.device.id}"
        for method in ("PATCH", "PUT", "POST"):
            with self.subTest(method=method):
                body = self.assertDone(
                    self.on_device(path, {"name": method}, token, method=method)
                )
                self.assertEqual(body["device"]["name"], method)
                self.assertEqual(body["device"]["config_id"], self.config.id)
        body = self.assertDone(self.on_device(path, {"config_id": None}, token))
        self.assertIsNone(body["device"]["config_id"])
        body = self.assertDone(self.on_device(f"{path}/revoke", {}, token))
        self.assertEqual(body["device"]["state"], "revoked")
        self.assertUnauthenticated(self.staff_me(token))

    def test_device_of_another_company_does_not_exist(self):
        self.make_other_company()
        foreign = self.env["nu.pos.device"].create(
            {
                "name": "x",
                "identifier": "x",
                "company_id": self.other_company.id,
            }
        )
        token = self.manager_token()
        for path in (f"devices/{foreign.id}", f"devices/{foreign.id}/revoke"):
            self.assertRefused(self.on_device(path, {}, token), 404, "NOT_FOUND")
        listed = self.assertDone(self.on_device("devices", token=token, method="GET"))
        self.assertNotIn(foreign.id, [device["id"] for device in listed["data"]])

    def test_last_call_and_version_are_noted_once_a_minute(self):
        token = self.pin_token()
        for version, noted in (("1.0.0+1", "1.0.0+1"), ("1.0.1+2", "1.0.0+1")):
            result = self.on_device(
                "orders/release-ncf", {}, token, headers={"X-App-Version": version}
            )
            self.assertRefused(result, 422, "VALIDATION")
            self.assertTrue(self.device.date_seen)
            self.assertEqual(self.device.app_version, noted)
        self.device.date_seen -= timedelta(seconds=61)
        self.env.flush_all()
        self.on_device(
            "orders/release-ncf", {}, token, headers={"X-App-Version": "1.0.1+2"}
        )
        self.assertEqual(self.device.app_version, "1.0.1+2")


@tagged("post_install", "-at_install")
class TestDeviceRights(FiscalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.device = cls.ref("device")
        cls.manager = cls.ref("user_manager")

    def test_cashiers_and_hubs_see_no_device(self):
        for name in ("user_cashier", "user_hub", "user_waiter"):
            for model in ("nu.pos.device", SESSION, "nu.pos.login.attempt"):
                with self.subTest(name=name, model=model):
                    with self.assertRaises(AccessError):
                        self.env[model].with_user(self.ref(name)).search([])

    def test_manager_of_another_company_sees_no_device(self):
        company = self.env["res.company"].create({"name": "Otra"})
        other = new_test_user(
            self.env,
            "other-manager",
            "base.group_user,point_of_sale.group_pos_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        Device = self.env["nu.pos.device"].with_user(other)
        self.assertFalse(Device.search([]))
        with self.assertRaises(AccessError):
            self.device.with_user(other).action_revoke()

    def test_manager_shows_a_new_secret_in_a_dialog(self):
        action = self.device.with_user(self.manager).action_new_secret()
        secret = action["context"]["default_secret"]
        found = self.env["nu.pos.device"].proven("terminal-001", secret, self.company)
        self.assertEqual(found, self.device)
        with self.assertRaises(AccessError):
            self.device.with_user(self.manager).read(["secret_hash"])
        with self.assertRaises(AccessError):
            self.device.with_user(self.manager).write({"secret_hash": "x"})

    def test_device_cannot_act_as_an_administrator(self):
        administrator = new_test_user(
            self.env,
            "adm",
            "base.group_user,base.group_system",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        with self.assertRaises(ValidationError):
            self.device.with_user(self.manager).user_id = administrator

    def test_identifier_is_unique_in_a_company(self):
        with self.assertRaises(ValidationError):
            self.device.identifier = "caja ñ"

    def test_identity_over_rpc_cannot_be_chosen(self):
        cashier = self.ref("user_cashier")
        boss = self.ref("employee_manager")
        for forged in (
            {"employee_id": boss.id, "user_id": cashier.id, "method": "token"},
            [cashier.id, "token", boss.id],
            # of another user
            Call(
                caller=Caller(
                    user_id=self.manager.id, method="token", employee_id=boss.id
                )
            ),
        ):
            identity = (
                self.env["nu.pos.identity"]
                .with_user(cashier)
                .with_context(nu_call=forged)
                .current()
            )
            self.assertEqual((identity.user, identity.role), (cashier, "cashier"))
            self.assertFalse(identity.employee)

    def test_device_changes_are_in_the_audit(self):
        self.device.with_user(self.manager).action_revoke()
        row = self.env["nu_restaurant_pos.order_audit"].search([], limit=1)
        self.assertEqual((row.event, row.user_id), ("device", self.manager))
        self.assertIn("revoked", row.payload)
