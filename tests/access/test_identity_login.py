"""Logging in by PIN and badge, on registered devices, within limits."""

from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import jwt

from odoo.tests import tagged

from ...models.access import nu_pos_device, nu_pos_identity
from ...models.access.nu_pos_login_attempt import LIMITS
from ..api.test_http_auth import AuthCase
from ..common import HUB_LOGIN
from ..succeeds import succeeds

DEVICE = "terminal-001"
ATTEMPT = "nu.pos.login.attempt"


@contextmanager
def from_address(text):
    """Requests come from this address."""
    with (
        patch.object(nu_pos_identity, "address", lambda: text),
        patch.object(nu_pos_device, "address", lambda: text),
    ):
        yield


class StaffCase(AuthCase):
    """The demo device, which has no secret yet, and the staff of the register."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.device = cls.ref("device")
        cls.manager = cls.ref("employee_manager")
        cls.cashier = cls.ref("employee_cashier")
        cls.waiter = cls.ref("employee_waiter")
        cls.extra = cls.env["hr.employee"].create(
            {"name": "Ana Suplente", "company_id": cls.company.id, "pin": "7777"}
        )
        cls.config.sudo().basic_employee_ids += cls.extra

    def staff_login(self, body, device=DEVICE, **headers):
        body = {"config_id": self.config.id, **body}
        headers = {"X-Device-Id": device, **headers}
        return self.call("auth/login", body, token=None, headers=headers)

    def pin(self, employee=None, pin="1111", **kwargs):
        employee_id = (employee or self.cashier).id
        return self.staff_login({"employee_id": employee_id, "pin": pin}, **kwargs)

    def pin_token(self, employee=None, pin="1111", **kwargs):
        return self.assertDone(self.pin(employee, pin, **kwargs))["access_token"]

    def on_device(self, path, body=None, token=None, device=DEVICE, **kwargs):
        headers = {"X-Device-Id": device, **kwargs.pop("headers", {})}
        return self.call(path, body, token=token, headers=headers, **kwargs)

    def staff_me(self, token, **kwargs):
        return self.on_device("auth/me", method="GET", token=token, **kwargs)

    def assertLimited(self, result):
        body = self.assertRefused(result, 429, "RATE_LIMITED")
        self.assertTrue(body["retryable"])
        return int(result[2].headers["Retry-After"])

    def pass_time(self, seconds):
        """Move the counters of attempts into the past."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE nu_pos_login_attempt SET"
            " date_start = date_start - %(s)s * interval '1 second',"
            " date_locked = date_locked - %(s)s * interval '1 second'",
            {"s": seconds},
        )
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestStaffLogin(StaffCase):
    @succeeds("POST auth/login")
    def test_right_pin_gives_tokens_that_name_everybody_and_no_right(self):
        body = self.assertDone(self.pin())
        user = self.ref("user_cashier")
        self.assertEqual(
            body["user"],
            {
                "id": user.id,
                "name": "Luis Cajero",
                "role": "cashier",
                "employee_id": self.cashier.id,
            },
        )
        claims = jwt.decode(body["access_token"], options={"verify_signature": False})
        self.assertEqual(
            {name: claims[name] for name in ("sub", "emp", "dev", "cfg", "cid")},
            {
                "sub": str(user.id),
                "emp": self.cashier.id,
                "dev": DEVICE,
                "cfg": self.config.id,
                "cid": self.company.id,
            },
        )
        self.assertFalse({"role", "permissions", "pin"} & set(claims))
        me = self.assertDone(self.staff_me(body["access_token"]))
        self.assertEqual(me["user"], body["user"])
        self.assertEqual(me["device"]["device_id"], DEVICE)
        self.assertEqual(me["config_id"], self.config.id)
        self.assertEqual(me["company"]["id"], self.company.id)

    def test_lists_and_groups_make_the_role(self):
        user_manager = self.ref("user_manager")
        for employee, pin, role in (
            (self.manager, "432109", "manager"),
            (self.cashier, "1111", "cashier"),
            (self.waiter, "2222", "waiter"),
            (self.extra, "7777", "cashier"),
        ):
            with self.subTest(employee.name):
                body = self.assertDone(self.pin(employee, pin))
                self.assertEqual(body["user"]["role"], role)
        self.extra.user_id = self.env["res.users"].create(
            {
                "name": "Ana",
                "login": "ana@demo.do",
                "company_id": self.company.id,
                "company_ids": self.company.ids,
                "group_ids": user_manager.group_ids.ids,
            }
        )
        self.extra.nu_api_pin = "777788"
        body = self.assertDone(self.pin(self.extra, "777788"))
        self.assertEqual(body["user"]["role"], "manager")

    def test_without_lists_the_whole_company_may_log_in(self):
        self.config.sudo().write(
            {
                "basic_employee_ids": [(5,)],
                "minimal_employee_ids": [(5,)],
                "advanced_employee_ids": [(5,)],
            }
        )
        for employee, pin, role in (
            (self.cashier, "1111", "cashier"),
            (self.waiter, "2222", "waiter"),  # a user without the group
            (self.extra, "7777", "cashier"),  # no user
        ):
            with self.subTest(employee.name):
                body = self.assertDone(self.pin(employee, pin))
                self.assertEqual(body["user"]["role"], role)

    def test_employee_without_a_user_acts_as_the_devices(self):
        body = self.assertDone(self.pin(self.extra, "7777"))
        self.assertEqual(body["user"]["id"], self.device.user_id.id)
        self.assertEqual(body["user"]["name"], "Ana Suplente")
        self.device.user_id = False
        self.assertRefused(self.pin(self.extra, "7777"), 403, "FORBIDDEN")

    def test_badge(self):
        body = self.assertDone(self.staff_login({"badge": "041234567"}))
        self.assertEqual(body["user"]["employee_id"], self.manager.id)
        self.assertUnauthenticated(
            self.staff_login({"badge": "049999999"}), "BAD_CREDENTIALS"
        )

    def test_refusals_do_not_tell_what_was_wrong(self):
        outsider = self.env["hr.employee"].create(
            {"name": "De otra caja", "company_id": self.company.id, "pin": "5555"}
        )
        no_pin = self.env["hr.employee"].create(
            {"name": "Sin PIN", "company_id": self.company.id}
        )
        archived = self.env["hr.employee"].create(
            {"name": "Archivada", "company_id": self.company.id, "pin": "8888"}
        )
        self.config.sudo().basic_employee_ids += no_pin | archived
        archived.active = False
        self.ref("user_waiter").active = False
        answers = []
        for name, result in (
            ("wrong PIN", self.pin(pin="1112")),
            ("unknown employee", self.staff_login({"employee_id": 9**9, "pin": "1"})),
            ("not on the register", self.pin(outsider, "5555")),
            ("archived", self.pin(archived, "8888")),
            ("his user archived", self.pin(self.waiter, "2222")),
            ("has no PIN", self.pin(no_pin, "0")),
            ("unknown badge", self.staff_login({"badge": "1"})),
        ):
            with self.subTest(name):
                body = self.assertUnauthenticated(result, "BAD_CREDENTIALS")
                del body["request_id"]
                answers.append(body)
        self.assertEqual(answers, answers[:1] * 7)

    def test_employee_of_another_company_is_unknown(self):
        self.make_other_company()
        stranger = self.env["hr.employee"].create(
            {"name": "Ajeno", "company_id": self.other_company.id, "pin": "6666"}
        )
        self.assertUnauthenticated(self.pin(stranger, "6666"), "BAD_CREDENTIALS")
        result = self.call(
            "auth/login",
            {
                "config_id": self.other_config.id,
                "employee_id": stranger.id,
                "pin": "6666",
            },
            token=None,
            headers={"X-Device-Id": DEVICE},
        )
        # the device is registered in this company only
        self.assertUnauthenticated(result)

    def test_only_registered_devices_log_staff_in(self):
        for device in ("tablet-of-a-guest", None):
            with self.subTest(device=device):
                self.assertUnauthenticated(self.pin(device=device))
        self.device.action_revoke()
        self.assertUnauthenticated(self.pin())
        self.device.action_restore()
        self.assertDone(self.pin())

    @succeeds("POST approvals")
    def test_approval_by_pin_needs_a_caller_and_no_registered_device(self):
        """Who asks for it has logged in; wrong tries are counted against him."""
        guest = "tablet-of-a-guest"
        body = {
            "type": "cash_out",
            "config_id": self.config.id,
            "amount": 10,
            "employee_id": self.manager.id,
            "pin": "432109",
        }
        self.assertUnauthenticated(self.pin(device=guest))
        self.assertUnauthenticated(self.on_device("approvals", body, device=guest))
        token = self.login("caja@demo.do", "caja-Demo-2026")
        approval = self.assertDone(
            self.on_device("approvals", body, token, device=guest)
        )
        self.assertEqual(approval["approver"]["id"], self.manager.id)
        wrong = {**body, "pin": "000000"}
        for _try in range(5):
            result = self.on_device("approvals", wrong, token, device=guest)
            self.assertRefused(result, 401, "BAD_CREDENTIALS")
        self.assertLimited(self.on_device("approvals", body, token, device="another"))

    def test_device_with_a_secret_must_tell_it(self):
        secret = self.device._renew_secret()
        for given in (None, "", secret[:-1], secret + "x"):
            with self.subTest(given=bool(given)):
                self.assertUnauthenticated(self.pin(**{"X-Device-Secret": given}))
        self.assertDone(self.pin(**{"X-Device-Secret": secret}))

    def test_device_of_one_register_serves_no_other(self):
        terrace = self.second_register()
        result = self.staff_login(
            {"config_id": terrace.id, "employee_id": self.cashier.id, "pin": "1111"}
        )
        self.assertRefused(result, 403, "FORBIDDEN")
        self.device.config_id = False
        result = self.staff_login(
            {"config_id": terrace.id, "employee_id": self.cashier.id, "pin": "1111"}
        )
        self.assertDone(result)

    def test_pin_alone_needs_the_setting_and_unlike_pins(self):
        result = self.staff_login({"pin": "1111"})
        self.assertRefused(result, 422, "VALIDATION", path="employee_id")
        self.parameters.set_param("nu_pos.pin_only_login", "1")
        body = self.assertDone(self.staff_login({"pin": "1111"}))
        self.assertEqual(body["user"]["employee_id"], self.cashier.id)
        self.assertUnauthenticated(self.staff_login({"pin": "9"}), "BAD_CREDENTIALS")
        self.extra.pin = "1111"
        result = self.staff_login({"pin": "1111"})
        self.assertRefused(result, 422, "VALIDATION", path="employee_id")

    def test_what_is_missing_is_named(self):
        for body, path in (
            ({}, "login"),
            ({"login": HUB_LOGIN}, "password"),
            ({"pin": "1", "employee_id": 1}, "config_id"),
            ({"badge": "1"}, "config_id"),
            ({"badge": "", "config_id": 1}, "badge"),
        ):
            with self.subTest(body=body):
                result = self.call("auth/login", body, token=None)
                self.assertRefused(result, 422, "VALIDATION", path=path)

    def test_login_and_failure_are_in_the_audit_without_the_pin(self):
        audit = self.env["nu_restaurant_pos.order_audit"]
        self.assertDone(self.pin())
        row = audit.search([], limit=1)
        self.assertEqual((row.event, row.device), ("login", DEVICE))
        self.assertEqual(row.user_id, self.ref("user_cashier"))
        self.assertIn(f'"employee_id":{self.cashier.id}', row.payload)
        self.assertUnauthenticated(self.pin(pin="98765"), "BAD_CREDENTIALS")
        row = audit.search([], limit=1)
        self.assertEqual(row.event, "refusal")
        self.assertNotIn("98765", row.payload)


@tagged("post_install", "-at_install")
class TestAttemptLimits(StaffCase):
    def fail(self, times, **kwargs):
        for _attempt in range(times):
            self.assertUnauthenticated(self.pin(pin="0", **kwargs), "BAD_CREDENTIALS")

    def test_five_failures_lock_the_pair_for_a_minute_then_twice_as_long(self):
        for seconds in (60, 120, 240, 480, 900, 900):
            # the device and the address have limits of their own
            self.env[ATTEMPT].search([("kind", "!=", "pair")]).unlink()
            self.fail(5)
            wait = self.assertLimited(self.pin())  # even the right PIN
            self.assertTrue(seconds - 5 <= wait <= seconds, wait)
            self.pass_time(seconds + 1)

    def test_lock_is_of_one_employee(self):
        self.fail(5)
        self.assertLimited(self.pin())
        self.assertDone(self.pin(self.manager, "432109"))

    def test_lock_ends(self):
        self.fail(5)
        self.pass_time(61)
        self.assertDone(self.pin())

    def test_success_clears_the_pair_only(self):
        self.fail(4)
        self.assertDone(self.pin())
        self.fail(4)
        self.assertDone(self.pin())
        kept = self.env[ATTEMPT].search([])
        self.assertEqual(
            {row.kind: row.failures for row in kept},
            {"pair": 0, "device": 8, "ip": 8, "login": 8, "subject": 8},
        )

    def test_failures_of_long_ago_do_not_count(self):
        self.fail(4)
        self.pass_time(301)
        self.fail(4)
        self.assertDone(self.pin())

    def test_so_many_failures_lock_the_device(self):
        self.parameters.set_param("nu_pos.login_ip_failures", "0")
        self.parameters.set_param("nu_pos.login_device_failures", "20")
        people = self.manager, self.cashier, self.waiter, self.extra
        for employee in people:
            self.fail(4, employee=employee)
        self.assertDone(self.staff_login({"badge": "041234567"}))
        self.assertUnauthenticated(self.staff_login({"badge": "1"}), "BAD_CREDENTIALS")
        self.pass_time(301)
        self.fail(3)
        wait = self.assertLimited(self.pin(self.manager, "432109"))
        self.assertTrue(890 <= wait <= 900, wait)
        # a password from another device is no concern of this one
        self.login()
        self.device.action_unlock()
        self.assertDone(self.pin(self.manager, "432109"))

    def test_so_many_failures_lock_an_address_for_strangers(self):
        """A house behind one address: whoever has logged in from there before, and the
        device that tells its secret, are let in whatever others get wrong."""
        self.parameters.set_param("nu_pos.login_ip_failures", "20")
        secret = self.device._renew_secret()
        self.assertDone(self.log_in(headers={"X-Device-Id": "demo-hub"}))
        for attempt in range(20):
            result = self.log_in(f"u{attempt}@demo.do", "x")
            self.assertUnauthenticated(result, "BAD_CREDENTIALS")
        self.assertLimited(self.log_in("caja@demo.do", "caja-Demo-2026"))
        self.assertLimited(self.log_in(headers={"X-Device-Id": "another"}))
        self.assertDone(self.log_in(headers={"X-Device-Id": "demo-hub"}))
        self.assertDone(self.pin(**{"X-Device-Secret": secret}))

    def test_house_survives_twenty_wrong_pins(self):
        """By default, all tills and the hub behind one address."""
        for employee in (self.manager, self.cashier, self.waiter, self.extra):
            self.fail(4, employee=employee)
        for attempt in range(4):
            result = self.log_in(f"u{attempt}@demo.do", "x")
            self.assertUnauthenticated(result, "BAD_CREDENTIALS")
        self.assertDone(self.log_in())
        self.assertDone(self.pin())

    def test_stranger_elsewhere_locks_nobody_out(self):
        """With the hub's login and the identifier it sends, from another address."""
        hub = {"X-Device-Id": "demo-hub"}
        with from_address("198.51.100.7"):
            for _attempt in range(5):
                result = self.log_in(password="x", headers=hub)
                self.assertUnauthenticated(result, "BAD_CREDENTIALS")
            self.assertLimited(self.log_in(headers=hub))
        self.assertDone(self.log_in(headers=hub))

    def test_person_is_guarded_wherever_the_guesses_come_from(self):
        """New addresses and new identifiers do not make new guesses; who has logged in
        here before is let in all the same."""
        hub = {"X-Device-Id": "demo-hub"}
        self.assertDone(self.log_in(headers=hub))
        with self.patch_limits(subject=10):
            for attempt in range(10):
                with from_address(f"2001:db8:{attempt:x}::1"):
                    result = self.log_in(
                        password="x", headers={"X-Device-Id": f"d{attempt}"}
                    )
                    self.assertUnauthenticated(result, "BAD_CREDENTIALS")
            with from_address("2001:db8:ffff::1"):
                self.assertLimited(self.log_in())
            self.assertDone(self.log_in(headers=hub))

    def test_one_network_is_one_address(self):
        """A customer has a whole /64 of IPv6."""
        with self.patch_limits(ip=6):
            for attempt in range(6):
                with from_address(f"2001:db8:1:2::{attempt:x}"):
                    result = self.log_in(f"u{attempt}@demo.do", "x")
                    self.assertUnauthenticated(result, "BAD_CREDENTIALS")
            with from_address("2001:db8:1:2:ffff::1"):
                self.assertLimited(self.log_in())
            with from_address("2001:db8:1:3::1"):
                self.assertDone(self.log_in())

    def test_some_limit_always_holds(self):
        for kind in ("device", "ip", "subject"):
            self.parameters.set_param(f"nu_pos.login_{kind}_failures", "0")
        limits = self.env[ATTEMPT]._limits()
        self.assertEqual((limits["device"].failures, limits["ip"].failures), (0, 0))
        self.assertEqual(limits["subject"].failures, 10)

    def patch_limits(self, **failures):
        changed = {
            kind: replace(LIMITS[kind], failures=most)
            for kind, most in failures.items()
        }
        return patch.dict(LIMITS, changed)

    def test_nobody_tries_out_device_identifiers_for_long(self):
        self.parameters.set_param("nu_pos.login_ip_failures", "20")
        for attempt in range(20):
            self.assertUnauthenticated(self.pin(device=f"terminal-{attempt}"))
        self.assertLimited(self.pin(device="terminal-999"))

    def test_claiming_an_identifier_does_not_lock_the_device(self):
        self.parameters.set_param("nu_pos.login_ip_failures", "0")
        self.parameters.set_param("nu_pos.login_device_failures", "20")
        for attempt in range(20):
            result = self.log_in(
                f"u{attempt}@demo.do", "x", headers={"X-Device-Id": DEVICE}
            )
            self.assertUnauthenticated(result, "BAD_CREDENTIALS")
        self.assertLimited(self.log_in(headers={"X-Device-Id": DEVICE}))
        self.assertDone(self.pin())

    def test_five_wrong_passwords_of_a_login_are_told_to_wait(self):
        for _attempt in range(5):
            self.assertUnauthenticated(self.log_in(password="x"), "BAD_CREDENTIALS")
        self.assertLimited(self.log_in())
        self.assertDone(self.log_in("caja@demo.do", "caja-Demo-2026"))

    def test_what_is_refused_unseen_is_not_counted(self):
        self.fail(5)
        for _attempt in range(20):
            self.assertLimited(self.pin())
        device = self.env[ATTEMPT].search([("kind", "=", "device")])
        self.assertEqual(device.failures, 5)
