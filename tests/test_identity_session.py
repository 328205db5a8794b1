"""Sessions: refreshed, ended, cut off; and the devices they run on."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from ..models.nu_pos_identity import Caller
from .common import FiscalCase
from .test_identity_login import DEVICE, StaffCase

SESSION = "nu.pos.refresh.token"


class SessionCase(StaffCase):
    def refresh(self, refresh_token, device=DEVICE, **headers):
        return self.on_device(
            "auth/refresh",
            {"refresh_token": refresh_token},
            device=device,
            headers=headers,
        )

    def start(self, **kwargs):
        return self.assertDone(self.pin(**kwargs))

    def session(self):
        return self.env[SESSION].search([], limit=1)

    def after_grace(self):
        session = self.session()
        session.sudo().date_used -= timedelta(seconds=11)
        self.env.flush_all()


@tagged("post_install", "-at_install")
class TestRefresh(SessionCase):
    def test_each_use_gives_a_new_pair_and_uses_the_old_up(self):
        first = self.start()
        second = self.assertDone(self.refresh(first["refresh_token"]))
        self.assertNotEqual(second["refresh_token"], first["refresh_token"])
        self.assertDone(self.staff_me(second["access_token"]))
        third = self.assertDone(self.refresh(second["refresh_token"]))
        self.assertDone(self.staff_me(third["access_token"]))
        self.assertEqual(len(self.session()), 1)

    def test_reuse_ends_the_whole_family(self):
        first = self.start()
        second = self.assertDone(self.refresh(first["refresh_token"]))
        self.after_grace()
        body = self.assertUnauthenticated(self.refresh(first["refresh_token"]))
        self.assertIn("used before", body["detail"])
        self.assertEqual(self.session().revoke_reason, "reuse")
        self.assertUnauthenticated(self.refresh(second["refresh_token"]))
        for pair in (first, second):
            self.assertUnauthenticated(self.staff_me(pair["access_token"]))
        self.assertDone(self.pin())

    def test_same_device_may_send_a_token_again_at_once_and_gets_the_same_pair(self):
        first = self.start()
        second = self.assertDone(self.refresh(first["refresh_token"]))
        self.assertEqual(self.assertDone(self.refresh(first["refresh_token"])), second)
        self.assertDone(self.refresh(second["refresh_token"]))

    def test_a_token_older_than_the_last_is_reuse_at_once(self):
        first = self.start()
        second = self.assertDone(self.refresh(first["refresh_token"]))
        self.assertDone(self.refresh(second["refresh_token"]))
        self.assertUnauthenticated(self.refresh(first["refresh_token"]))
        self.assertEqual(self.session().revoke_reason, "reuse")

    def test_another_device_cannot_send_a_token_again(self):
        body = self.assertDone(self.log_in())
        headers = {"X-Device-Id": "test-hub"}
        token = {"refresh_token": body["refresh_token"]}
        pair = self.assertDone(
            self.call("auth/refresh", token, token=None, headers=headers)
        )
        result = self.on_device("auth/refresh", token, device="stranger")
        self.assertUnauthenticated(result)
        self.assertEqual(self.session().revoke_reason, "reuse")
        self.assertUnauthenticated(self.me(token=pair["access_token"]))

    def test_token_of_staff_is_refreshed_on_its_device_only(self):
        first = self.start()
        self.assertUnauthenticated(self.refresh(first["refresh_token"], device="other"))
        self.assertDone(self.refresh(first["refresh_token"]))

    def test_device_that_proved_itself_proves_itself_again(self):
        secret = self.device._renew_secret()
        first = self.start(**{"X-Device-Secret": secret})
        self.assertUnauthenticated(self.refresh(first["refresh_token"]))
        self.assertDone(
            self.refresh(first["refresh_token"], **{"X-Device-Secret": secret})
        )

    def test_only_refresh_tokens_refresh(self):
        first = self.start()
        for token in (first["access_token"], "x", "a.b.c"):
            with self.subTest(token=token[:5]):
                self.assertUnauthenticated(self.refresh(token))
        self.assertRefused(self.refresh(""), 422, "VALIDATION", path="refresh_token")

    def test_refresh_ends_with_the_lifetime_of_the_session(self):
        first = self.start()
        self.session().sudo().date_expiry = fields.Datetime.now()
        self.env.flush_all()
        self.assertUnauthenticated(
            self.refresh(first["refresh_token"]), "TOKEN_EXPIRED"
        )

    def test_a_session_is_not_prolonged_forever(self):
        first = self.start()
        session = self.session().sudo()
        session.create_date -= timedelta(days=30, hours=-1)
        self.env.flush_all()
        self.assertDone(self.refresh(first["refresh_token"]))
        left = self.session().date_expiry - fields.Datetime.now()
        self.assertLessEqual(left, timedelta(hours=1))

    def test_tokens_are_kept_as_hashes_nobody_reads(self):
        first = self.start()
        self.env.cr.execute("SELECT * FROM nu_pos_refresh_token ORDER BY id DESC")
        row = str(self.env.cr.fetchone())
        self.assertNotIn(first["refresh_token"].split(".")[1], row)
        manager = self.session().with_user(self.ref("user_manager"))
        self.assertTrue(manager.read(["state"]))
        for name in ("token_hash", "previous_hash", "family"):
            with self.subTest(name), self.assertRaises(AccessError):
                manager.read([name])


@tagged("post_install", "-at_install")
class TestCutOff(SessionCase):
    def test_logout_ends_both_tokens_at_once(self):
        first, other = self.start(), self.start()
        self.assertDone(self.on_device("auth/logout", {}, first["access_token"]))
        body = self.assertUnauthenticated(self.staff_me(first["access_token"]))
        self.assertIn("Logged out", body["detail"])
        self.assertUnauthenticated(self.refresh(first["refresh_token"]))
        self.assertDone(self.staff_me(other["access_token"]))

    def cut_off(self, cut, detail, refresh=True):
        pair = self.start()
        token = pair["access_token"]
        self.assertDone(self.staff_me(token))
        cut()
        self.env.flush_all()
        body = self.assertUnauthenticated(self.staff_me(token))
        self.assertIn(detail, body["detail"])
        result = self.on_device("orders/create", self.draft(), token)
        self.assertUnauthenticated(result)
        if refresh:
            self.assertUnauthenticated(self.refresh(pair["refresh_token"]))

    def test_revoked_device(self):
        self.cut_off(self.device.action_revoke, "revoked")

    def test_device_let_in_again_does_not_revive_its_sessions(self):
        pair = self.start()
        self.device.action_revoke()
        self.device.action_restore()
        self.assertUnauthenticated(self.staff_me(pair["access_token"]))

    def test_archived_user(self):
        user = self.ref("user_cashier")
        self.cut_off(lambda: user.write({"active": False}), "user is archived")

    def test_archived_employee(self):
        self.cut_off(lambda: self.cashier.write({"active": False}), "employee")

    def test_changed_password(self):
        user = self.ref("user_cashier")
        self.cut_off(lambda: user.write({"password": "x-Demo-2027"}), "changed")

    def test_changed_pin(self):
        self.cut_off(lambda: self.cashier.write({"pin": "3333"}), "changed")

    def test_employee_taken_from_the_register(self):
        def cut():
            self.config.sudo().basic_employee_ids -= self.cashier

        self.cut_off(cut, "register", refresh=False)

    def test_session_ended_by_a_manager(self):
        def cut():
            self.session().with_user(self.ref("user_manager")).action_revoke()

        self.cut_off(cut, "manager")

    def test_token_of_staff_works_on_its_device_only(self):
        token = self.pin_token()
        self.assertUnauthenticated(self.staff_me(token, device="stolen-to"))

    def test_revoked_device_is_refused_with_any_credentials(self):
        token = self.login()
        self.assertDone(self.staff_me(token))
        self.device.action_revoke()
        self.assertUnauthenticated(self.staff_me(token))
        # the same token on another device still works
        self.assertDone(self.me(token=token))
        keys = self.env["res.users.apikeys"].with_user(self.hub).sudo()
        key = keys._generate("rpc", "hub", None)
        self.assertUnauthenticated(self.staff_me(key))
        self.assertUnauthenticated(self.log_in(headers={"X-Device-Id": DEVICE}))

    def test_token_acts_in_the_company_of_its_register(self):
        self.make_other_company()
        self.ref("user_cashier").company_ids += self.other_company
        body = self.assertDone(self.staff_me(self.pin_token()))
        self.assertEqual([c["id"] for c in body["configs"]], self.config.ids)


@tagged("post_install", "-at_install")
class TestDeviceRoutes(SessionCase):
    def manager_token(self):
        return self.pin_token(self.manager, "4321")

    def register(self, token, **body):
        body = {"device_id": "bar-1", "name": "Barra", **body}
        return self.on_device("devices/register", body, token)

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
            Caller(user_id=self.manager.id, method="token", employee_id=boss.id),
        ):
            identity = (
                self.env["nu.pos.identity"]
                .with_user(cashier)
                .with_context(nu_caller=forged)
                .current()
            )
            self.assertEqual((identity.user, identity.role), (cashier, "cashier"))
            self.assertFalse(identity.employee)

    def test_device_changes_are_in_the_audit(self):
        self.device.with_user(self.manager).action_revoke()
        row = self.env["nu_restaurant_pos.order_audit"].search([], limit=1)
        self.assertEqual((row.event, row.user_id), ("device", self.manager))
        self.assertIn("revoked", row.payload)
