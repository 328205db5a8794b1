"""What a till can learn of a PIN opens nothing; who gives PINs to whom."""

import base64
import hashlib

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import FiscalCase
from .test_identity_login import StaffCase


class TestHashesOfTheScreen(FiscalCase):
    """Odoo's own screen unlocks with plain SHA-1 of PIN and badge."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.ref("employee_manager")
        cls.cashier = cls.ref("employee_cashier")
        cls.staff = cls.manager | cls.cashier | cls.ref("employee_waiter")

    def hashes(self, who):
        employees = self.staff.with_user(self.ref(f"user_{who}"))
        return {row["id"]: row for row in employees.get_barcodes_and_pin_hashed()}

    def test_cashier_learns_no_hash_of_a_manager(self):
        rows = self.hashes("cashier")
        own = hashlib.sha1(b"1111").hexdigest()
        self.assertEqual(rows[self.cashier.id]["pin"], own)
        guesses = {hashlib.sha1(f"{n:04d}".encode()).hexdigest() for n in range(10000)}
        hidden = rows[self.manager.id]
        self.assertRegex(hidden["pin"], "^[0-9a-f]{40}$", "it asks for a PIN still")
        self.assertNotIn(hidden["pin"], guesses)
        self.assertNotEqual(
            hidden["barcode"], hashlib.sha1(self.manager.barcode.encode()).hexdigest()
        )

    def test_manager_without_a_pin_is_not_chosen_without_being_asked(self):
        self.manager.pin = False
        self.assertRegex(self.hashes("cashier")[self.manager.id]["pin"], "^.{40}$")

    def test_manager_of_another_register_is_hidden_too(self):
        self.cashier.user_id = False
        other = self.second_register()
        other.sudo().advanced_employee_ids = [Command.link(self.cashier.id)]
        rows = self.hashes("cashier")
        self.assertNotEqual(
            rows[self.cashier.id]["pin"], hashlib.sha1(b"1111").hexdigest()
        )

    def test_manager_unlocks_the_till_he_opened(self):
        rows = self.hashes("manager")
        self.assertEqual(
            rows[self.manager.id]["pin"], hashlib.sha1(b"4321").hexdigest()
        )

    def test_loading_the_screen_gives_the_same(self):
        config = self.config.with_user(self.ref("user_cashier"))
        Employee = self.env["hr.employee"].with_user(self.ref("user_cashier"))
        rows = Employee._load_pos_data_read(
            Employee.search(Employee._load_pos_data_domain({}, config)), config
        )
        by_id = {row["id"]: row for row in rows}
        self.assertNotEqual(
            by_id[self.manager.id]["_pin"], hashlib.sha1(b"4321").hexdigest()
        )
        self.assertEqual(
            by_id[self.cashier.id]["_pin"], hashlib.sha1(b"1111").hexdigest()
        )

    def test_register_without_odoos_screen_gives_no_hash(self):
        self.config.nu_odoo_screen = False
        config = self.config.with_user(self.ref("user_manager"))
        Employee = self.env["hr.employee"].with_user(self.ref("user_manager"))
        rows = Employee._load_pos_data_read(self.staff.with_env(Employee.env), config)
        known = {hashlib.sha1(pin).hexdigest() for pin in (b"4321", b"1111", b"2222")}
        self.assertFalse(known & {row["_pin"] for row in rows})

    def test_hash_of_the_api_is_read_by_nobody(self):
        for who in ("cashier", "manager", "hub", "accountant"):
            employee = self.manager.with_user(self.ref(f"user_{who}"))
            for name in ("nu_pin_hash", "nu_pin_salt", "nu_pin_digits"):
                with self.subTest(who=who, field=name), self.assertRaises(AccessError):
                    employee.read([name])


class TestOwnPin(FiscalCase):
    """The API keeps a hash of its own, of Odoo's PIN or of another one."""

    def setUp(self):
        super().setUp()
        self.employee = self.env["hr.employee"].create(
            {"name": "Nuevo", "company_id": self.company.id, "pin": "2468"}
        )

    def test_odoos_pin_is_the_apis_until_it_has_its_own(self):
        employee = self.employee
        self.assertTrue(employee._nu_is_pin("2468"))
        employee.pin = "1357"
        self.assertTrue(employee._nu_is_pin("1357"))
        self.assertFalse(employee._nu_is_pin("2468"))
        employee.nu_api_pin = "864200"
        self.assertTrue(employee.nu_pin_is_own)
        employee.pin = "9999"
        self.assertTrue(employee._nu_is_pin("864200"))
        self.assertFalse(employee._nu_is_pin("9999"))
        employee.pin = False
        self.assertTrue(employee._nu_is_pin("864200"), "it is not Odoo's")
        self.assertFalse(employee.nu_api_pin, "it is shown never again")

    def test_pin_that_the_screen_knows_is_none_of_its_own(self):
        self.employee.nu_api_pin = "864200"
        self.assertFalse(self.employee._nu_pin_is_weak())
        self.employee.pin = "864200"
        self.assertFalse(self.employee.nu_pin_is_own)
        self.assertTrue(self.employee._nu_pin_is_weak())

    def test_short_pin_stays_with_the_screen(self):
        self.config.basic_employee_ids += self.employee
        self.employee.pin = "12"
        self.assertFalse(self.employee._nu_is_pin("12"))
        self.assertFalse(self.employee._nu_tile(self.config)["has_pin"])
        with self.assertRaises(ValidationError):
            self.employee.nu_api_pin = "123"

    def test_it_is_scrypt_with_a_salt_of_its_own(self):
        twin = self.env["hr.employee"].create(
            {"name": "Otro", "company_id": self.company.id, "pin": "2468"}
        )
        self.assertNotEqual(twin.nu_pin_hash, self.employee.nu_pin_hash)
        computed = hashlib.scrypt(
            b"2468",
            salt=base64.b64decode(twin.nu_pin_salt),
            n=2**14,
            r=8,
            p=1,
            dklen=32,
        )
        self.assertEqual(base64.b64decode(twin.nu_pin_hash), computed)

    def test_nobody_has_no_pin(self):
        self.assertFalse(self.env["hr.employee"]._nu_is_pin(""))
        self.employee.pin = False
        self.assertFalse(self.employee._nu_is_pin(""))
        self.assertFalse(self.employee._nu_is_pin("2468"))

    def test_what_was_set_before_this_module_is_taken(self):
        self.employee._nu_forget_pin()
        self.env["hr.employee"]._nu_hash_pins()
        self.assertTrue(self.employee._nu_is_pin("2468"))

    def test_weak_only_where_a_till_holds_the_hash(self):
        self.assertTrue(self.employee._nu_pin_is_weak())
        registers = self.env["pos.config"].search(
            [("company_id", "=", self.company.id)]
        )
        registers.nu_odoo_screen = False
        self.assertFalse(self.employee._nu_pin_is_weak())


class TestWhoGivesPins(FiscalCase):
    def give(self, who, employee=None, **values):
        wizard = (
            self.env["nu.pos.staff.access"]
            .with_user(self.ref(f"user_{who}"))
            .create(
                {"employee_id": (employee or self.ref("employee_waiter")).id, **values}
            )
        )
        wizard.action_set()
        return wizard

    def test_manager_without_hr_rights_sets_both_at_once(self):
        waiter = self.ref("employee_waiter")
        wizard = self.give("manager", pin="8642", api_pin="975310")
        self.assertEqual(waiter.pin, "8642")
        self.assertTrue(waiter._nu_is_pin("975310"))
        self.assertFalse(wizard.pin or wizard.api_pin)
        row = self.env["nu_restaurant_pos.order_audit"].search([], limit=1)
        self.assertEqual(row.event, "permission")
        for secret in ("8642", "975310"):
            self.assertNotIn(secret, row.payload)

    def test_manager_sets_a_cap(self):
        self.give("manager", discount_capped=True, max_discount=12)
        waiter = self.ref("employee_waiter")
        self.assertEqual(
            self.env["nu.pos.permission"]._cap_of(waiter.user_id, waiter), 12
        )

    def test_others_give_none(self):
        for who in ("cashier", "waiter", "hub", "accountant"):
            with self.subTest(who), self.assertRaises(AccessError):
                self.give(who, pin="8642")

    def test_pin_of_an_administrator_is_given_by_one(self):
        employee = self.env["hr.employee"].create(
            {
                "name": "Dueña",
                "company_id": self.company.id,
                "user_id": self.env.ref("base.user_admin").id,
            }
        )
        with self.assertRaises(AccessError):
            self.give("manager", employee, pin="8642")
        self.assertFalse(employee.pin)

    def test_pin_in_another_company_is_not_given(self):
        other = self.env["res.company"].create({"name": "Otra"})
        employee = self.env["hr.employee"].create(
            {"name": "Ajeno", "company_id": other.id}
        )
        with self.assertRaises(AccessError):
            self.give("manager", employee, pin="8642")

    def test_cap_of_an_import_caps(self):
        user = self.ref("user_cashier")
        user.nu_max_discount = 5
        self.assertTrue(user.nu_discount_capped)
        user.write({"nu_max_discount": 7, "nu_discount_capped": False})
        self.assertFalse(user.nu_discount_capped)


@tagged("post_install", "-at_install")
class TestManagersPin(StaffCase):
    """Over the API."""

    def approve(self, token, **who):
        body = {
            "type": "refund",
            "config_id": self.config.id,
            "pos_reference": "A/1",
            "amount": 10,
            **who,
        }
        return self.on_device("approvals", body, token)

    def test_pin_of_the_till_stands_for_no_manager(self):
        token = self.pin_token()
        by = {"employee_id": self.manager.id}
        self.manager.write({"nu_pin_is_own": False})
        self.manager._nu_keep_pin("4321")
        body = self.assertRefused(
            self.approve(token, pin="4321", **by), 403, "FORBIDDEN"
        )
        self.assertIn("6 digits", body["detail"])
        self.assertRefused(self.pin(self.manager, "4321"), 403, "FORBIDDEN")
        self.assertDone(self.approve(token, badge=self.manager.barcode))
        self.assertDone(
            self.approve(token, login="gerente@demo.do", password="gerente-Demo-2026")
        )
        self.manager.nu_api_pin = "5050"
        self.assertRefused(self.approve(token, pin="5050", **by), 403, "FORBIDDEN")
        self.manager.nu_api_pin = "505050"
        self.assertDone(self.approve(token, pin="505050", **by))
        self.assertDone(self.pin(self.manager, "505050"))

    def test_cashier_logs_in_with_the_pin_of_the_till(self):
        self.assertDone(self.pin())

    def test_session_of_a_manager_ends_when_the_till_learns_his_pin(self):
        token = self.pin_token(self.manager, "432109")
        self.assertDone(self.staff_me(token))
        self.manager.pin = "432109"
        self.assertRefused(self.staff_me(token), 401, "UNAUTHENTICATED")
