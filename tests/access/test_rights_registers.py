"""A role is the role on the register acted upon, at every door."""

from odoo.fields import Command
from odoo.tests import tagged

from ...models.access.nu_pos_identity import Caller
from ...models.runtime.call import Call
from ..common import FiscalCase
from .test_identity_login import StaffCase


@tagged("post_install", "-at_install")
class TestTwoRegisters(StaffCase):
    """Luis manages the terrace and serves the hall; his tablet is the terrace's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cashier.nu_api_pin = "111122"
        cls.terrace = cls.second_register()
        cls.terrace.sudo().write(
            {
                "advanced_employee_ids": [Command.set(cls.cashier.ids)],
                "basic_employee_ids": [Command.set(cls.extra.ids)],
            }
        )
        cls.tablet = cls.env["nu.pos.device"].create(
            {
                "name": "Terraza",
                "identifier": "tablet-t",
                "company_id": cls.company.id,
                "config_id": cls.terrace.id,
                "user_id": cls.ref("user_cashier").id,
            }
        )
        cls.free = cls.env["nu.pos.device"].create(
            {
                "name": "Libre",
                "identifier": "tablet-f",
                "company_id": cls.company.id,
                "user_id": cls.ref("user_cashier").id,
            }
        )

    def pin(self, employee=None, pin="111122", **kwargs):
        return super().pin(employee, pin, **kwargs)

    def pin_token(self, employee=None, pin="111122", **kwargs):
        return super().pin_token(employee, pin, **kwargs)

    def on_terrace(self, device="tablet-t"):
        body = {
            "config_id": self.terrace.id,
            "employee_id": self.cashier.id,
            "pin": "111122",
        }
        return self.assertDone(self.staff_login(body, device=device))["access_token"]

    def test_manager_of_one_register_is_cashier_on_the_other(self):
        sold = self.order_of(self.finalize())
        token = self.on_terrace("tablet-f")
        me = self.assertDone(
            self.on_device("auth/me", method="GET", token=token, device="tablet-f")
        )
        self.assertEqual(me["user"]["role"], "manager")
        result = self.on_device(
            f"orders/{sold.id}/refunds", {"reason": "x"}, token, "tablet-f"
        )
        body = self.assertRefused(result, 403, "FORBIDDEN")
        self.assertEqual(body["permission"], "refund")
        self.assertFalse(sold.refund_orders_count)
        # what a cashier may, he may there too
        sale = self.snapshot()
        body = self.assertDone(
            self.on_device("hub/finalize", sale, token, device="tablet-f")
        )
        self.assertEqual(body["state"], "paid")

    def test_employee_is_nobody_where_no_list_names_him(self):
        self.config.sudo().basic_employee_ids -= self.cashier
        sold = self.order_of(self.finalize())
        token = self.on_terrace("tablet-f")
        for path, body, method in (
            ("hub/finalize", self.snapshot(), "POST"),
            ("orders/create", self.draft(), "POST"),
            ("bootstrap", {"config_id": self.config.id}, "POST"),
            (f"orders?config_id={self.config.id}", None, "GET"),
            (f"orders/{sold.id}", None, "GET"),
            (f"fiscal-documents/{sold.nu_ncf}", None, "GET"),
            (f"fiscal-documents/{sold.nu_ncf}/annul", {}, "POST"),
            (f"orders/{sold.id}/cancel", {"reason": "x"}, "POST"),
        ):
            with self.subTest(path=path):
                result = self.on_device(
                    path, body, token, device="tablet-f", method=method
                )
                self.assertRefused(result, 403, "FORBIDDEN")

    def test_device_of_a_register_reaches_that_register_only(self):
        sold = self.order_of(self.finalize())
        token = self.on_terrace()
        for path, body, method in (
            ("hub/finalize", self.snapshot(), "POST"),
            (
                "orders/reserve-ncf",
                {"pos_reference": "A/1", "config_id": self.config.id},
                "POST",
            ),
            (f"orders/{sold.id}", None, "GET"),
            (f"auth/users?config_id={self.config.id}", None, "GET"),
        ):
            with self.subTest(path=path):
                result = self.on_device(
                    path, body, token, device="tablet-t", method=method
                )
                body = self.assertRefused(result, 403, "FORBIDDEN")
                self.assertIn("Terraza", body["detail"])
        orders = self.assertDone(
            self.on_device("orders", token=token, device="tablet-t", method="GET")
        )
        self.assertEqual(orders["data"], [])

    def test_device_of_a_register_takes_no_order_of_another(self):
        draft = self.draft()
        self.assertDone(self.call("orders/create", draft), 201)
        terrace = self.on_terrace()
        moved = {**draft, "config_id": self.terrace.id, "order_type": "takeout"}
        for path, body in (
            ("orders/create", {**moved, "note": "x"}),
            ("orders/reserve-ncf", {"pos_reference": draft["pos_reference"]}),
        ):
            with self.subTest(path=path):
                body = {**body, "config_id": self.terrace.id}
                result = self.on_device(path, body, terrace, device="tablet-t")
                body = self.assertRefused(result, 403, "FORBIDDEN")
                self.assertIn("Terraza", body["detail"])

    def test_company_wide_records_need_the_right_on_all_registers(self):
        """The manager of the terrace manages its device and its ranges only."""
        token = self.on_terrace("tablet-f")
        devices = self.assertDone(
            self.on_device("devices", token=token, device="tablet-f", method="GET")
        )
        self.assertEqual([row["device_id"] for row in devices["data"]], ["tablet-t"])
        for path, body in (
            (f"devices/{self.device.id}", {"name": "mía"}),
            (f"devices/{self.free.id}", {"name": "mía"}),
            (f"devices/{self.tablet.id}", {"config_id": None}),
            (f"devices/{self.free.id}/revoke", None),
            ("devices/register", {"device_id": "new-1"}),
            ("devices/register", {"device_id": "tablet-f", **self.of(self.terrace)}),
        ):
            with self.subTest(path=path, body=body):
                result = self.on_device(path, body, token, device="tablet-f")
                self.assertRefused(result, 403, "FORBIDDEN")
        self.assertDone(
            self.on_device(
                f"devices/{self.tablet.id}", {"name": "T1"}, token, device="tablet-f"
            )
        )
        number_range = {
            "fiscal_type": "B14",
            "first_number": 900000,
            "last_number": 900010,
            "expiration_date": "2027-12-31",
            "config_id": self.terrace.id,
        }
        result = self.on_device(
            "fiscal-sequences", number_range, token, device="tablet-f"
        )
        self.assertRefused(result, 403, "FORBIDDEN")
        own = {**number_range, "dedicated_to": self.terrace.id}
        body = self.assertDone(
            self.on_device("fiscal-sequences", own, token, device="tablet-f"), 201
        )
        self.assertEqual(body["data"]["dedicated_to"], self.terrace.id)

    def of(self, config):
        return {"config_id": config.id}

    def test_pin_opens_no_administrator(self):
        """What a password guards is not opened by four digits, nor by a token that was
        given before its user became an administrator."""
        token = self.pin_token()
        self.assertDone(self.staff_me(token))
        self.ref("user_cashier").group_ids += self.env.ref("base.group_system")
        body = self.assertRefused(self.staff_me(token), 401, "UNAUTHENTICATED")
        self.assertIn("administrator", body["detail"])
        self.assertRefused(self.pin(), 403, "FORBIDDEN")
        badge = {"badge": self.cashier.barcode}
        self.assertRefused(self.staff_login(badge), 403, "FORBIDDEN")

    def test_sale_of_a_pin_session_is_its_employees(self):
        token = self.pin_token()
        draft = self.draft()
        self.assertDone(self.on_device("orders/create", draft, token), 201)
        order = self.env["pos.order"].search(
            [("pos_reference", "=", draft["pos_reference"])]
        )
        self.assertEqual(order.employee_id, self.cashier)
        manager = self.pin_token(self.manager, "432109")
        self.assertDone(self.on_device("orders/create", draft, manager))
        self.assertEqual(order.employee_id, self.cashier, "a draft stays with its own")
        sale = {**self.snapshot(), "pos_reference": draft["pos_reference"]}
        self.assertDone(self.on_device("hub/finalize", sale, manager))
        self.assertEqual(order.employee_id, self.manager, "a sale is who sells it")
        named = {**self.snapshot(), "employee_id": self.waiter.id}
        body = self.assertDone(self.on_device("hub/finalize", named, token))
        self.assertEqual(self.order_of(body).employee_id, self.waiter)


class TestOverridesOfRegisters(FiscalCase):
    """The lines of a register hold for its records, however they are asked for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.terrace = cls.second_register(
            nu_invoice_policy="identified", nu_restrict_prices=False
        )
        cls.waiter, cls.cashier = cls.ref("user_waiter"), cls.ref("user_cashier")
        cls.manager = cls.ref("user_manager")

    def forbid(self, role, permission, config=None):
        self.env["nu.pos.permission.config"].create(
            {
                "company_id": self.company.id,
                "config_id": (config or self.config).id,
                "role": role,
                "permission": permission,
                "allowed": False,
            }
        )

    def as_user(self, user, model):
        return self.env[model].with_user(user)

    def test_list_shows_the_registers_where_orders_may_be_seen(self):
        here, there = self.order_of(self.finalize()), self.sell_on_terrace()
        self.forbid("waiter", "view_orders")
        reader = self.as_user(self.waiter, "nu.pos.order.reader")
        ids = [row["id"] for row in reader.listing({})["data"]]
        self.assertIn(there.id, ids)
        self.assertNotIn(here.id, ids)
        for reference in (str(here.id), here.uuid):
            self.assertProblem("FORBIDDEN", reader.detail, reference)
        self.assertEqual(reader.detail(str(there.id))["data"]["id"], there.id)

    def sell_on_terrace(self):
        return self.order_of(
            self.finalize(
                config_id=self.terrace.id,
                order_type="takeout",
                total=590.0,
                payments=[{"payment_method_id": self.card.id, "amount": 590.0}],
            )
        )

    def test_documents_of_a_register_need_the_right_there(self):
        here, there = self.order_of(self.finalize()), self.sell_on_terrace()
        self.forbid("cashier", "payment")
        documents = self.as_user(self.cashier, "nu.pos.fiscal.document")
        numbers = [row["reference"] for row in documents.listing({})["data"]]
        self.assertIn(there.nu_ncf, numbers)
        self.assertNotIn(here.nu_ncf, numbers)
        for act in (documents.detail, documents.submit, documents.xml):
            self.assertProblem("FORBIDDEN", act, here.nu_ncf)
        self.assertProblem(
            "FORBIDDEN",
            self.as_user(self.cashier, "nu.pos.reissue").submit,
            {"order_ref": str(here.id), "fiscal_type": "B01"},
        )

    def test_number_is_annulled_with_the_right_on_its_register(self):
        reference = self.reference()
        Order = self.env["pos.order"].with_user(self.cashier)
        body = {"pos_reference": reference, "config_id": self.config.id}
        fiscal = Order._nu_reserve({**body, "fiscal_type": "B02"}).body["fiscal"]
        self.forbid("manager", "annul_ncf")
        annul = self.as_user(self.manager, "nu.pos.fiscal.document").annul
        self.assertProblem("FORBIDDEN", annul, fiscal["reference"], {})
        ncf = self.Ncf.search([("pos_reference", "=", reference)])
        self.assertEqual(ncf.state, "reserved")

    def test_another_register_gives_no_money_back_without_the_right_there(self):
        sold = self.order_of(self.finalize())
        self.forbid("manager", "payment", self.terrace)
        problem = self.assertProblem(
            "FORBIDDEN",
            self.as_user(self.manager, "nu.pos.refund").submit,
            str(sold.id),
            {"reason": "x", "config_id": self.terrace.id},
        )
        self.assertEqual(problem.extra["permission"], "payment")
        self.assertFalse(sold.refund_orders_count)

    def there(self, body):
        """The same reference, sent for the terrace, which takes cards only."""
        sent = {**body, "config_id": self.terrace.id, "order_type": "takeout"}
        sent["amount_total"] = 590.0
        if "payments" in body:
            sent["payments"] = [{"payment_method_id": self.card.id, "amount": 590.0}]
        return sent

    def test_draft_is_sold_elsewhere_with_the_right_on_its_own_register(self):
        """Over HTTP, in a batch and over RPC it is the same code."""
        draft = self.draft()
        Order = self.env["pos.order"].with_user(self.cashier)
        order = self.order_of(Order._nu_submit(draft, finalize=False).body)
        sale = self.there({**self.snapshot(), "pos_reference": draft["pos_reference"]})
        self.forbid("cashier", "payment")
        problem = self.assertProblem("FORBIDDEN", Order._nu_submit, sale, finalize=True)
        self.assertEqual(problem.extra["permission"], "payment")
        self.assertProblem("FORBIDDEN", Order.hub_finalize_snapshot, sale)
        batch = self.as_user(self.cashier, "nu.pos.batch")
        [row] = batch.sync({"orders": [sale]}).body["results"]
        self.assertEqual(row["code"], "FORBIDDEN")
        self.env.invalidate_all()
        self.assertEqual((order.state, order.config_id), ("draft", self.config))
        self.assertFalse(self.Ncf.search([("pos_reference", "=", order.pos_reference)]))
        self.env["nu.pos.permission.config"].search([]).unlink()
        sold = self.order_of(Order._nu_submit(sale, finalize=True).body)
        self.assertEqual((sold, sold.config_id), (order, self.terrace))
        self.assertEqual((sold.state, sold.amount_total), ("paid", 590.0))
        self.assertInvariant()

    def test_draft_is_changed_and_cancelled_elsewhere_with_the_rights_on_its_own(self):
        draft = self.draft()
        Order = self.env["pos.order"].with_user(self.manager)
        order = self.order_of(Order._nu_submit(draft, finalize=False).body)
        changed = {**self.there(draft), "note": "x"}
        for permission, body in (
            ("create_order", changed),
            ("modify_order", changed),
            ("void_item", {**self.there(draft), "step": "cancel"}),
        ):
            with self.subTest(permission=permission):
                self.forbid("manager", permission)
                problem = self.assertProblem(
                    "FORBIDDEN", Order._nu_submit, body, finalize=False
                )
                self.assertEqual(problem.extra["permission"], permission)
                self.env["nu.pos.permission.config"].search([]).unlink()
        self.env.invalidate_all()
        self.assertEqual((order.state, order.nu_version), ("draft", 1))
        self.assertEqual(order.config_id, self.config)

    def test_sale_is_told_again_elsewhere_with_the_right_on_its_own_register(self):
        sale = self.snapshot()
        self.finalize(sale)
        self.forbid("cashier", "payment")
        Order = self.env["pos.order"].with_user(self.cashier)
        again = {**sale, "config_id": self.terrace.id}
        self.assertProblem("FORBIDDEN", Order._nu_submit, again, finalize=True)
        self.assertFalse(
            self.env["pos.order"]
            .with_user(self.manager)
            ._nu_submit(again, finalize=True)
            .body["created"]
        )

    def test_reserved_number_needs_the_right_on_its_own_register(self):
        """Naming another one neither tells, releases, annuls nor sells it."""
        reference = self.reference()
        body = {"pos_reference": reference, "config_id": self.config.id}
        Order = self.env["pos.order"].with_user(self.cashier)
        fiscal = Order._nu_reserve({**body, "fiscal_type": "B02"}).body["fiscal"]
        other = {**body, "config_id": self.terrace.id}
        self.forbid("cashier", "payment")
        sale = self.there({**self.snapshot(), "pos_reference": reference})
        for act, sent in (
            (Order._nu_reserve, {**other, "fiscal_type": "B02"}),
            (Order._nu_release, other),
            (Order.hub_finalize_snapshot, sale),
        ):
            with self.subTest(act=act.__name__):
                problem = self.assertProblem("FORBIDDEN", act, sent)
                self.assertEqual(problem.extra["permission"], "payment")
        self.forbid("manager", "annul_ncf")
        Manager = self.env["pos.order"].with_user(self.manager)
        problem = self.assertProblem(
            "FORBIDDEN", Manager._nu_release, {**other, "printed": True}
        )
        self.assertEqual(problem.extra["permission"], "annul_ncf")
        ncf = self.Ncf.search([("pos_reference", "=", reference)])
        self.assertEqual((ncf.name, ncf.state), (fiscal["reference"], "reserved"))
        sold = Manager.hub_finalize_snapshot(sale)
        self.assertEqual(sold["fiscal"]["reference"], fiscal["reference"])
        self.assertEqual(self.order_of(sold).config_id, self.terrace)
        self.assertInvariant()

    def test_approval_for_a_draft_that_moves_is_that_of_its_own_register(self):
        line = self.line(id="a", qty=2)
        draft = {**self.draft(line), "kitchen_status": "sent"}
        Order = self.env["pos.order"].with_user(self.cashier)
        order = self.order_of(Order._nu_submit(draft, finalize=False).body)
        moved = {
            **self.there(draft),
            "lines": [{**line, "qty": 1}],
            "void_reason": "cold",
        }
        del moved["amount_total"]
        self.assertProblem("APPROVAL_REQUIRED", Order._nu_submit, moved, finalize=False)
        approval = self.as_user(self.cashier, "nu.pos.approval").grant(
            {
                "type": "void_sent_item",
                "pos_reference": draft["pos_reference"],
                "config_id": self.terrace.id,
                "amount": 640.0,
                "login": self.manager.login,
                "password": "gerente-Demo-2026",
            }
        )
        shown = [{"type": "void_sent_item", "token": approval["approval_token"]}]
        Order._nu_submit({**moved, "approvals": shown}, finalize=False)
        self.env.invalidate_all()
        self.assertEqual(order.config_id, self.terrace)
        self.assertEqual(sum(order.lines.mapped("qty")), 1)

    def test_draft_is_changed_with_the_right_to_change_orders(self):
        draft = self.draft()
        Order = self.env["pos.order"].with_user(self.cashier)
        Order._nu_submit(draft, finalize=False)
        self.forbid("cashier", "modify_order")
        problem = self.assertProblem(
            "FORBIDDEN", Order._nu_submit, {**draft, "note": "x"}, finalize=False
        )
        self.assertEqual(problem.extra["permission"], "modify_order")
        sale = {**self.snapshot(*draft["lines"]), "pos_reference": "X"}
        sale["pos_reference"] = draft["pos_reference"]
        other = [self.line(qty=2)]
        self.assertProblem(
            "FORBIDDEN",
            Order._nu_submit,
            {**self.snapshot(*other), "pos_reference": draft["pos_reference"]},
            finalize=True,
        )
        body = Order._nu_submit(sale, finalize=True).body
        self.assertEqual(body["state"], "paid", "what was ordered is paid")

    def test_batch_asks_for_the_rights_of_its_orders(self):
        """Forwarding is no right of its own; offline data are for the hub group."""
        batch = self.as_user(self.cashier, "nu.pos.batch")
        answer = batch.sync({"orders": [self.snapshot(), self.draft()]})
        self.assertEqual(
            [row["state"] for row in answer.body["results"]], ["paid", "draft"]
        )
        Config = self.env["pos.config"]
        self.assertProblem(
            "FORBIDDEN", Config.with_user(self.cashier).nu_offline_auth, self.config.id
        )
        self.assertProblem(
            "FORBIDDEN", Config.with_user(self.manager).nu_offline_auth, self.config.id
        )
        hub = Config.with_user(self.hub)
        self.assertEqual(hub.nu_offline_auth(self.config.id)["status"], "ok")
        self.env["nu.pos.permission.user.override"].create(
            {
                "company_id": self.company.id,
                "user_id": self.hub.id,
                "permission": "hub_sync",
                "allowed": False,
            }
        )
        self.assertProblem("FORBIDDEN", hub.nu_offline_auth, self.config.id)

    def test_role_of_an_employee_is_read_on_the_register_acted_upon(self):
        """The registry says it of any caller, not of one route."""
        employee = self.ref("employee_cashier")
        self.terrace.sudo().write(
            {
                "advanced_employee_ids": [Command.set(employee.ids)],
                "basic_employee_ids": [
                    Command.set(self.ref("employee_waiter").ids),
                ],
            }
        )
        caller = Caller(
            user_id=self.cashier.id,
            method="token",
            employee_id=employee.id,
            config_id=self.terrace.id,
            company_id=self.company.id,
            staff_role="manager",
        )
        permission = (
            self.env["nu.pos.permission"]
            .with_user(self.cashier)
            .with_context(nu_call=Call(caller=caller))
        )
        self.assertTrue(permission.resolve(self.terrace)["refund"])
        self.assertFalse(permission.resolve(self.config)["refund"])
        self.assertTrue(permission.resolve(self.config)["payment"])
        self.config.sudo().basic_employee_ids = self.ref("employee_manager")
        # the next request
        permission = permission.with_context(nu_call=Call(caller=caller))
        self.assertFalse(any(permission.resolve(self.config).values()))
        self.assertTrue(permission.resolve()["refund"], "on the own register")
