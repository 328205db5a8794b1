"""Sessions: refreshed, ended, cut off."""

from datetime import timedelta

from psycopg2.errors import RestrictViolation

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.access.res_users import HUB_GROUP
from ..succeeds import succeeds
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
    @succeeds("POST auth/refresh")
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
    @succeeds("POST auth/logout")
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

    def test_who_has_called_is_archived_and_never_deleted(self):
        user = self.user("paso", "base.group_user", HUB_GROUP)
        user.password = "paso-Demo-2026"
        token = self.login(user.login, "paso-Demo-2026")
        self.assertDone(self.me(token=token))
        with (
            self.assertRaises(RestrictViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            user.unlink()

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

        self.cut_off(cut, "register")

    def test_device_given_another_user(self):
        waiter = self.ref("user_waiter")
        pair = self.start(employee=self.extra, pin="7777")
        self.assertDone(self.staff_me(pair["access_token"]))
        self.device.user_id = waiter
        self.assertUnauthenticated(self.staff_me(pair["access_token"]))

    def test_role_is_read_on_every_call(self):
        self.cashier.nu_api_pin = "111199"
        token = self.pin_token(pin="111199")
        for field, role in (
            ("advanced_employee_ids", "manager"),
            ("minimal_employee_ids", "waiter"),
            ("basic_employee_ids", "cashier"),
        ):
            with self.subTest(role=role):
                register = self.config.sudo()
                for name in ("basic", "advanced", "minimal"):
                    register[f"{name}_employee_ids"] -= self.cashier
                register[field] += self.cashier
                body = self.assertDone(self.staff_me(token))
                self.assertEqual(body["user"]["role"], role)

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
