from odoo.exceptions import AccessError

from ...controllers.gateway import OPERATIONS
from ...schemas.permissions import ACTION_TO_PERMISSION, PERMISSIONS
from ..common import FiscalCase

#: What the contract promises by default: action -> manager, cashier, waiter.
FACTORY = {
    "priceEdit": (True, False, False),
    "discount": (True, True, False),
    "refund": (True, False, False),
    "payment": (True, True, False),
    "createOrder": (True, True, True),
    "modifyOrder": (True, True, True),
    "settings": (True, False, False),
    "cashDrawer": (True, True, False),
    "switchUser": (True, True, True),
    "reports": (True, False, False),
    "reprint": (True, False, False),
    "close_session": (True, False, False),
    "voidItem": (True, False, False),
}


class TestPermissions(FiscalCase):
    def resolve(self, who, config=None):
        user = self.ref(f"user_{who}")
        return self.env["nu.pos.permission"].with_user(user).resolve(config)

    def test_the_factory_matrix(self):
        maps = [self.resolve(role) for role in ("manager", "cashier", "waiter")]
        for action, expected in FACTORY.items():
            key = ACTION_TO_PERMISSION.get(action, action)
            self.assertEqual(tuple(m[key] for m in maps), expected, action)

    def test_the_map_is_flat_and_whole(self):
        permissions = self.resolve("waiter")
        self.assertEqual(set(permissions), set(PERMISSIONS))
        self.assertTrue(all(type(value) is bool for value in permissions.values()))

    def test_roles_by_group_and_always_a_text(self):
        for who in ("manager", "cashier", "waiter"):
            self.assertEqual(self.ref(f"user_{who}")._nu_role(), who)

    def test_later_layers_win(self):
        Config = self.env["nu.pos.permission.config"]
        line = {"company_id": self.company.id, "role": "cashier"}
        Config.create({**line, "permission": "refund", "allowed": True})
        self.assertTrue(self.resolve("cashier", self.config)["refund"])
        Config.create(
            {
                **line,
                "permission": "refund",
                "allowed": False,
                "config_id": self.config.id,
            }
        )
        self.assertFalse(self.resolve("cashier", self.config)["refund"])
        self.assertTrue(self.resolve("cashier", self.second_register())["refund"])
        self.env["nu.pos.permission.user.override"].create(
            {
                "company_id": self.company.id,
                "user_id": self.ref("user_cashier").id,
                "permission": "refund",
                "allowed": True,
            }
        )
        self.assertTrue(self.resolve("cashier", self.config)["refund"])
        self.assertFalse(self.resolve("waiter", self.config)["refund"])

    def test_only_administrators_write_permissions(self):
        values = {
            "company_id": self.company.id,
            "role": "cashier",
            "permission": "refund",
        }
        override = {
            "company_id": self.company.id,
            "user_id": self.ref("user_manager").id,
            "permission": "refund",
        }
        for who in ("manager", "cashier", "hub", "accountant"):
            user = self.ref(f"user_{who}")
            with self.assertRaises(AccessError):
                self.env["nu.pos.permission.config"].with_user(user).create(values)
            with self.assertRaises(AccessError):
                self.env["nu.pos.permission.user.override"].with_user(user).create(
                    override
                )
        admin = self.env.ref("base.user_admin")
        self.env["nu.pos.permission.config"].with_user(admin).create(values)

    def test_every_route_names_a_known_permission(self):
        for route in OPERATIONS.values():
            if route.permission:
                self.assertIn(route.permission, PERMISSIONS, route.name)

    def test_a_company_of_others_grants_nothing_here(self):
        other = self.env["res.company"].create({"name": "Otra"})
        self.env["nu.pos.permission.config"].create(
            {"company_id": other.id, "role": "cashier", "permission": "refund"}
        )
        self.assertFalse(self.resolve("cashier", self.config)["refund"])

    def test_what_is_remembered_of_companies_and_registers_is_forgotten_in_time(self):
        user, other = self.hub, self.env["res.company"].create({"name": "Otra"})
        registers = self.env["pos.config"].with_user(user)
        self.assertEqual(user._nu_company_id(), self.company.id)
        user.company_ids += other
        user.company_id = other
        self.assertEqual(user._nu_company_id(), other.id, "core forgets")
        before = registers._nu_accessible()
        self.assertIn(self.config, before)
        new = self.second_register()
        self.assertEqual(registers._nu_accessible(), before + new)
        new.session_ids.unlink()
        new.active = False
        # a caller who wants to see what is archived teaches it to nobody
        curious = registers.with_context(active_test=False)
        self.assertEqual(curious._nu_accessible(), before)
        self.assertEqual(registers._nu_accessible(), before)
        new.active = True
        self.assertEqual(registers._nu_accessible(), before + new)
        new.unlink()
        self.assertEqual(registers._nu_accessible(), before)


class TestLimits(FiscalCase):
    """Discounts and prices of terminals that talk to Odoo themselves."""

    def line(self, product=None, price=None, **values):
        # a discount is one against the price of the product
        price = self.dish.lst_price if price is None else price
        return super().line(product, price=price, **values)

    def submit(self, who, *lines, **values):
        orders = self.env["pos.order"].with_user(self.ref(f"user_{who}"))
        body = self.draft(*lines, **{"total": 0, **values})
        answer = orders._nu_submit(body, finalize=False)
        self.env.invalidate_all()
        return answer.body

    def approve(self, reference, amount, approval_type="discount_over_limit", **values):
        grant = self.env["nu.pos.approval"].with_user(self.ref("user_cashier")).grant
        body = grant(
            {
                "type": approval_type,
                "config_id": self.config.id,
                "pos_reference": reference,
                "amount": amount,
                "login": "gerente@demo.do",
                "password": "gerente-Demo-2026",
                **values,
            }
        )
        self.env.invalidate_all()
        return {"type": approval_type, "token": body["approval_token"]}

    def test_zero_means_no_cap(self):
        self.ref("user_cashier").nu_max_discount = 0
        given = self.submit("cashier", self.line(discount=100))
        self.assertEqual(given["amount_total"], 0.0)

    def test_a_discount_over_the_cap_needs_an_approval(self):
        self.ref("user_cashier").nu_max_discount = 15
        self.submit("cashier", self.line(discount=15))
        problem = self.assertProblem(
            "APPROVAL_REQUIRED",
            self.submit,
            "cashier",
            self.line(discount=10),
            check_discount=10,  # 19 % together
        )
        self.assertEqual(problem.extra["types"], ["discount_over_limit"])

    def test_a_waiter_gives_no_discount_alone(self):
        self.assertProblem(
            "APPROVAL_REQUIRED", self.submit, "waiter", self.line(discount=1)
        )

    def test_an_approval_is_used_once_for_its_order_and_amount(self):
        self.ref("user_cashier").nu_max_discount = 15
        ref = self.reference()
        shown = self.approve(ref, 30)
        line = self.line(discount=30)
        for wrong in (
            {"pos_reference": self.reference()},
            {"check_discount": 10},  # 37 %
        ):
            self.assertProblem(
                "APPROVAL_REQUIRED",
                self.submit,
                "cashier",
                line,
                **{"pos_reference": ref, "approvals": [shown], **wrong},
            )
        self.submit("cashier", line, pos_reference=ref, approvals=[shown])
        approval = self.env["nu.pos.approval"].search([("pos_reference", "=", ref)])
        self.assertTrue(approval.date_used)
        # the same discount in a later version of the draft needs no second approval
        self.submit("cashier", line, pos_reference=ref)
        self.assertProblem(
            "APPROVAL_REQUIRED",
            self.submit,
            "cashier",
            self.line(discount=40),
            pos_reference=ref,
            approvals=[shown],
        )

    def test_a_refused_sale_leaves_the_approval_unused(self):
        self.ref("user_cashier").nu_max_discount = 15
        ref = self.reference()
        shown = self.approve(ref, 30)
        self.assertProblem(
            "TOTALS_MISMATCH",
            self.submit,
            "cashier",
            self.line(discount=30),
            pos_reference=ref,
            approvals=[shown],
            total=1.0,
        )
        self.submit(
            "cashier", self.line(discount=30), pos_reference=ref, approvals=[shown]
        )

    def test_the_approvers_own_cap_applies(self):
        self.ref("user_manager").nu_max_discount = 25
        problem = self.assertProblem("FORBIDDEN", self.approve, self.reference(), 30)
        self.assertIn("25", problem.detail)

    def test_an_approver_needs_the_permission(self):
        problem = self.assertProblem(
            "FORBIDDEN",
            self.approve,
            self.reference(),
            1,
            "refund",
            login="caja@demo.do",
            password="caja-Demo-2026",
        )
        self.assertEqual(problem.extra["permission"], "refund")

    def test_wrong_credentials_approve_nothing(self):
        self.assertProblem(
            "BAD_CREDENTIALS", self.approve, self.reference(), 1, password="no"
        )

    def test_an_approval_leaves_an_audit_row_without_its_secret(self):
        ref = self.reference()
        shown = self.approve(ref, 30)
        row = self.env["nu_restaurant_pos.order_audit"].search(
            [("pos_reference", "=", ref), ("event", "=", "approval")]
        )
        self.assertEqual(len(row), 1)
        self.assertNotIn(shown["token"], row.payload)
        self.assertNotIn("gerente-Demo", row.payload)

    def test_prices_are_free_unless_the_register_restricts_them(self):
        line = self.line(price=1.0)
        self.assertEqual(self.submit("cashier", line)["amount_total"], 1.28)
        self.config.restrict_price_control = True
        problem = self.assertProblem("APPROVAL_REQUIRED", self.submit, "cashier", line)
        self.assertEqual(problem.extra["types"], ["price_change"])
        self.assertEqual(self.submit("manager", line)["amount_total"], 1.28)
        listed = self.submit("cashier", self.line(price=self.dish.lst_price))
        self.assertEqual(listed["amount_total"], 1.28 * self.dish.lst_price)

    def test_a_hub_is_not_judged_again(self):
        self.config.restrict_price_control = True
        self.hub.nu_max_discount = 5
        sold = self.submit("hub", self.line(price=1.0, discount=50))
        self.assertEqual(sold["amount_total"], 0.64)


class TestMe(FiscalCase):
    def test_me_tells_rights_and_the_registers_settings(self):
        shared = self.env["nu.pos.config"].create(
            {
                "name": "Casa",
                "company_id": self.company.id,
                "nu_hub_enabled": True,
                "nu_hub_url": "ws://10.0.0.5:8766",
            }
        )
        self.config.nu_shared_config_id = shared
        self.ref("user_cashier").nu_max_discount = 12
        me = self.env["nu.pos.token"].with_user(self.ref("user_cashier")).me()
        self.assertEqual(me["user"]["role"], "cashier")
        self.assertTrue(me["permissions"]["payment"])
        self.assertFalse(me["permissions"]["reprint"])
        self.assertEqual(me["max_discount_pct"], 12)
        [register] = [row for row in me["configs"] if row["id"] == self.config.id]
        self.assertTrue(register["nu_hub_enabled"])
        self.assertEqual(register["nu_hub_url"], "ws://10.0.0.5:8766")
        self.assertEqual(register["nu_login_method"], "pin")
        self.assertEqual(register["nu_terminal_mode"], "pos")
        self.config.nu_hub_url = "ws://10.0.0.9:8766"
        me = self.env["nu.pos.token"].with_user(self.ref("user_cashier")).me()
        [register] = [row for row in me["configs"] if row["id"] == self.config.id]
        self.assertEqual(register["nu_hub_url"], "ws://10.0.0.9:8766")

    def test_the_hub_address_may_be_blank(self):
        self.config.nu_hub_enabled = True
        settings = self.config._nu_terminal_settings()
        self.assertEqual(
            (settings["nu_hub_enabled"], settings["nu_hub_url"]), (True, None)
        )


class TestSettings(FiscalCase):
    def test_opening_and_saving_the_settings_changes_nothing(self):
        parameters = self.env["ir.config_parameter"]
        names = [
            "min_client_version",
            "access_token_minutes",
            "consumer_threshold",
            "release_reserved_after_hours",
            "cors_origins",
            "rate_limit_per_minute",
            "pin_only_login",
            "audit_retention_years",
        ]
        settings = self.env["res.config.settings"].create({})
        self.assertFalse(settings.nu_pin_only_login)
        settings.execute()
        values = {name: parameters.get_param(f"nu_pos.{name}") for name in names}
        self.assertFalse(values["pin_only_login"])
        self.assertFalse(values["cors_origins"])
        self.assertFalse(values["min_client_version"])
        self.assertEqual(float(values["consumer_threshold"]), 250000)
        self.assertEqual(float(values["audit_retention_years"]), 10)
        self.assertEqual(float(values["rate_limit_per_minute"]), 600)
        self.assertEqual(float(values["release_reserved_after_hours"]), 24)

    def test_zero_stays_zero(self):
        settings = self.env["res.config.settings"].create(
            {"nu_rate_limit_per_minute": 0, "nu_audit_retention_years": 0}
        )
        settings.execute()
        again = self.env["res.config.settings"].create({})
        self.assertEqual(again.nu_rate_limit_per_minute, 0)
        self.assertEqual(again.nu_audit_retention_years, 0)
