"""Prices, taxes, discounts, voids and credit of terminals that talk to Odoo themselves,
and of hubs that forward what was decided already."""

import json
from unittest.mock import patch

from ..common import FiscalCase


class LimitsCase(FiscalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cashier = cls.ref("user_cashier")
        cls.full = cls.dish.lst_price
        position = cls.config.default_preset_id.fiscal_position_id
        cls.taxes = position.map_tax(cls.dish.taxes_id)
        cls.config.nu_restrict_prices = True

    def submit(self, body, who="cashier", finalize=False):
        orders = self.env["pos.order"].with_user(self.ref(f"user_{who}"))
        answer = orders._nu_submit(body, finalize=finalize)
        self.env.invalidate_all()
        return answer.body

    def sell(self, *lines, who="cashier", **values):
        lines = lines or (self.line(price=self.full),)
        return self.submit(self.snapshot(*lines, **values), who, finalize=True)

    def approve(self, approval_type, amount, reference, **values):
        grant = self.env["nu.pos.approval"].with_user(self.cashier).grant
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

    def assertNeeded(self, needed, act, *args, **kwargs):
        problem = self.assertProblem("APPROVAL_REQUIRED", act, *args, **kwargs)
        self.assertEqual(problem.extra["needed"], needed)
        return problem

    def tax(self, name, amount, **values):
        return (
            self.env["account.tax"]
            .with_company(self.company)
            .create(
                {
                    "name": name,
                    "amount": amount,
                    "type_tax_use": "sale",
                    "company_id": self.company.id,
                    **values,
                }
            )
        )


class TestPrices(LimitsCase):
    def test_own_price_needs_the_right_by_default(self):
        self.assertTrue(self.second_register().nu_restrict_prices)
        self.assertFalse(self.config.restrict_price_control)
        less = round(self.full - 50, 2)
        self.assertNeeded(
            [{"type": "price_change", "amount": 64.0}],
            self.sell,
            self.line(price=less),
        )
        self.assertNeeded(
            [{"type": "price_change", "amount": 64.0}],
            self.sell,
            self.line(price=self.full + 50),
        )
        self.assertEqual(self.sell()["state"], "paid")
        self.assertEqual(
            self.sell(self.line(price=less), who="manager")["state"], "paid"
        )

    def test_approval_covers_the_difference(self):
        body = self.snapshot(self.line(price=self.full - 50))
        reference = body["pos_reference"]
        body["approvals"] = [self.approve("price_change", 63, reference)]
        self.assertNeeded(
            [{"type": "price_change", "amount": 64.0}], self.submit, body, finalize=True
        )
        body["approvals"] = [self.approve("price_change", 64, reference)]
        self.assertEqual(self.submit(body, finalize=True)["state"], "paid")

    def test_register_may_leave_prices_to_the_staff(self):
        self.config.nu_restrict_prices = False
        self.assertEqual(self.sell(self.line(price=1.0))["state"], "paid")
        self.config.restrict_price_control = True
        self.assertProblem("APPROVAL_REQUIRED", self.sell, self.line(price=1.0))

    def test_price_of_the_registers_pricelist_is_no_change(self):
        self.config.pricelist_id = self.env["product.pricelist"].create(
            {
                "name": "Almuerzo",
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
                "item_ids": [
                    (
                        0,
                        0,
                        {
                            "compute_price": "fixed",
                            "fixed_price": 300,
                            "applied_on": "0_product_variant",
                            "product_id": self.dish.id,
                        },
                    )
                ],
            }
        )
        self.assertEqual(self.sell(self.line(price=300))["state"], "paid")
        self.assertProblem("APPROVAL_REQUIRED", self.sell, self.line(price=self.full))

    def test_what_has_no_price_of_its_own_is_sold_at_any(self):
        for name, values in (
            ("open price", {"list_price": 0}),
            ("weighed", {"to_weight": True}),
        ):
            with self.subTest(name):
                product = self.dish.copy({"default_code": name, **values})
                line = self.line(product, price=123.0)
                self.assertEqual(self.sell(line)["state"], "paid")
        tip = self.dish.copy({"default_code": "TIP"})
        self.config.tip_product_id = tip
        self.assertEqual(self.sell(self.line(tip, price=77.0))["state"], "paid")

    def test_price_agreed_on_a_draft_is_not_asked_for_again(self):
        draft = self.draft(self.line(price=200.0))
        self.submit(draft, "manager")
        reference = draft["pos_reference"]
        sale = {**self.snapshot(*draft["lines"]), "pos_reference": reference}
        self.assertEqual(self.submit(sale, finalize=True)["state"], "paid")

    def test_the_bootstrap_tells_it(self):
        def told():
            boot = self.env["nu.pos.bootstrap"].with_user(self.cashier)
            answer = boot.answer({"config_id": self.config.id})
            return answer["config"]["restrict_price_control"]

        self.assertTrue(told())
        self.config.nu_restrict_prices = False
        self.assertFalse(told())


class TestCaps(LimitsCase):
    def test_cap_compares_with_the_price_of_the_product(self):
        """Half the price is half the price, whatever it is called."""
        self.config.nu_restrict_prices = False
        self.cashier.nu_max_discount = 10
        for line in (
            self.line(price=self.full, discount=50),
            self.line(price=self.full / 2),
            self.line(price=self.full * 0.8, discount=37.5),
        ):
            with self.subTest(line):
                self.assertNeeded(
                    [{"type": "discount_over_limit", "amount": 50.0}],
                    self.sell,
                    line,
                    total=round(self.full * 0.64, 2),
                )
        self.assertEqual(self.sell(self.line(price=self.full * 0.9))["state"], "paid")

    def test_manager_who_may_change_prices_has_a_cap_too(self):
        self.ref("user_manager").nu_max_discount = 20
        self.assertNeeded(
            [{"type": "discount_over_limit", "amount": 50.0}],
            self.sell,
            self.line(price=self.full / 2),
            who="manager",
        )

    def test_stricter_of_user_and_employee_holds(self):
        employee = self.ref("employee_cashier")
        cap = self.env["nu.pos.permission"]._cap_of
        self.assertIsNone(cap(self.cashier, employee))
        self.cashier.nu_max_discount = 10
        self.assertEqual(cap(self.cashier, employee), 10, "no cap is 100")
        employee.nu_max_discount = 5
        self.assertEqual(cap(self.cashier, employee), 5)
        self.assertEqual(cap(self.cashier, self.env["hr.employee"]), 5, "by password")
        employee.nu_max_discount = 50
        self.assertEqual(cap(self.cashier, employee), 10)

    def test_cap_of_nothing_is_no_right_to_discounts(self):
        self.cashier.write({"nu_discount_capped": True, "nu_max_discount": 0})
        self.assertProblem(
            "APPROVAL_REQUIRED",
            self.sell,
            self.line(price=self.full, discount=1),
            total=0,
            pay=self.full * 2,
        )
        me = self.env["nu.pos.token"].with_user(self.cashier).me()
        self.assertEqual(me["max_discount_pct"], 0)
        self.assertFalse(me["permissions"]["discount"])
        boot = self.env["nu.pos.bootstrap"].with_user(self.cashier)
        user = boot.answer({"config_id": self.config.id})["user"]
        self.assertEqual((user["max_discount"], user["max_discount_pct"]), (0, 0))
        self.assertFalse(user["permissions"]["discount"])

    def test_no_cap_is_told_as_none(self):
        boot = self.env["nu.pos.bootstrap"].with_user(self.cashier)
        user = boot.answer({"config_id": self.config.id})["user"]
        self.assertEqual((user["max_discount"], user["max_discount_pct"]), (0, None))


class TestTaxes(LimitsCase):
    def test_named_taxes_are_the_products(self):
        line = self.line(price=self.full, tax_ids=self.taxes.ids)
        body = self.sell(line)
        self.assertEqual((body["state"], body["warnings"]), ("paid", []))

    def test_taxes_left_off_need_an_approval(self):
        """180.00 instead of 230.40, and no ITBIS: for nobody who may not change
        prices, also where prices are free."""
        self.config.nu_restrict_prices = False
        missing = round(self.full * 0.28, 2)
        for tax_ids in ([], self.tax("12 %", 12).ids):
            with self.subTest(tax_ids=tax_ids):
                problem = self.assertProblem(
                    "APPROVAL_REQUIRED",
                    self.sell,
                    self.line(price=self.full, tax_ids=tax_ids),
                    total=0,
                    pay=self.full * 2,
                )
                self.assertEqual(problem.extra["types"], ["price_change"])
        body = self.snapshot(self.line(price=self.full, tax_ids=[]), total=self.full)
        body["approvals"] = [
            self.approve("price_change", missing, body["pos_reference"])
        ]
        answer = self.submit(body, finalize=True)
        self.assertEqual(answer["amount_itbis"], 0)
        self.assertEqual([w["code"] for w in answer["warnings"]], ["ITBIS_REDUCED"])

    def test_tip_left_off_needs_an_approval(self):
        itbis = self.taxes._nu_flat().filtered(lambda tax: not tax.nu_is_tip)
        self.assertProblem(
            "APPROVAL_REQUIRED",
            self.sell,
            self.line(price=self.full, tax_ids=itbis.ids),
            total=0,
            pay=self.full * 2,
        )

    def test_withheld_taxes_are_no_taxes_of_a_sale(self):
        """Neither for a cashier, nor for a manager, nor forwarded by a hub."""
        for tax in (
            self.tax("-5% ISR de prueba", -5),
            self.tax("ITBIS retenido", 18, nu_kind="itbis_withheld"),
        ):
            for who in ("cashier", "manager", "hub"):
                with self.subTest(tax=tax.name, who=who):
                    problem = self.assertProblem(
                        "VALIDATION",
                        self.sell,
                        self.line(price=self.full, tax_ids=tax.ids),
                        who=who,
                        total=0,
                        pay=self.full * 2,
                    )
                    self.assertEqual(problem.errors[0]["path"], "lines[0].tax_ids")

    def test_hub_forwards_less_itbis_with_a_warning(self):
        answer = self.sell(
            self.line(price=self.full, tax_ids=[]), who="hub", total=self.full
        )
        self.assertEqual(answer["state"], "paid")
        [warning] = answer["warnings"]
        self.assertEqual(
            (warning["code"], warning["path"]), ("ITBIS_REDUCED", "lines[0].tax_ids")
        )
        row = self.env["nu_restaurant_pos.order_audit"].search(
            [
                ("pos_reference", "=", answer["pos_reference"]),
                ("event", "=", "sale_warning"),
            ]
        )
        [kept] = json.loads(row.payload)["warnings"]
        self.assertEqual(kept["code"], "ITBIS_REDUCED")

    def test_hub_that_lacks_a_right_is_told_so_and_sells(self):
        for permission in ("price_edit", "discount"):
            self.env["nu.pos.permission.user.override"].create(
                {
                    "company_id": self.company.id,
                    "user_id": self.hub.id,
                    "permission": permission,
                    "allowed": False,
                }
            )
        answer = self.sell(
            self.line(price=self.full - 50, discount=10),
            who="hub",
            total=round((self.full - 50) * 0.9 * 1.28, 2),
        )
        self.assertEqual(answer["state"], "paid")
        self.assertEqual(
            [warning["code"] for warning in answer["warnings"]],
            ["NOT_ENTITLED", "NOT_ENTITLED"],
        )


class TestVoids(LimitsCase):
    """What the kitchen has is taken off with a right, a reason and an event."""

    def sent(self, *lines, who="cashier"):
        """A draft of two dishes and one, sent to the kitchen."""
        lines = lines or (
            self.line(price=self.full, qty=2, id="a"),
            self.line(price=self.full, id="b"),
        )
        draft = self.draft(*lines, kitchen_status="sent")
        self.submit(draft, who)
        return draft

    def order(self, draft):
        return self.env["pos.order"].search(
            [("pos_reference", "=", draft["pos_reference"])]
        )

    def events(self, draft, event="void_item"):
        return self.env["nu_restaurant_pos.order_audit"].search(
            [("pos_reference", "=", draft["pos_reference"]), ("event", "=", event)]
        )

    def without(self, draft, **values):
        """Newer versions that leave something out, by any spelling."""
        first, second = draft["lines"]
        body = {**draft, "amount_total": None, **values}
        body.pop("kitchen_status", None)
        return {
            "left out": {**body, "lines": [first]},
            "voided": {**body, "lines": [first, {**second, "is_voided": True}]},
            "fewer": {**body, "lines": [{**first, "qty": 1}, second]},
            "another dish": {
                **body,
                "lines": [first, {**second, "product_id": self.exempt.id}],
            },
        }

    def test_void_after_the_kitchen_needs_the_right(self):
        draft = self.sent()
        one = round(self.full * 1.28, 2)
        for name, body in self.without(draft, void_reason="frío").items():
            body["lines"] = [{**line, "price_unit": None} for line in body["lines"]]
            with self.subTest(name):
                self.assertNeeded(
                    [{"type": "void_sent_item", "amount": one}], self.submit, body
                )
        self.assertEqual(sum(self.order(draft).lines.mapped("qty")), 3)

    def test_sale_of_fewer_than_the_kitchen_has_needs_it_too(self):
        draft = self.sent()
        sale = {
            **self.snapshot(draft["lines"][1]),
            "pos_reference": draft["pos_reference"],
            "void_reason": "no quiso",
        }
        self.assertNeeded(
            [{"type": "void_sent_item", "amount": round(self.full * 2.56, 2)}],
            self.submit,
            sale,
            finalize=True,
        )
        reference = sale["pos_reference"]
        self.assertFalse(self.Ncf.search([("pos_reference", "=", reference)]))
        self.assertEqual(self.submit(sale, "manager", finalize=True)["state"], "paid")

    def test_void_before_the_kitchen_needs_nothing(self):
        draft = self.draft(*self.sent()["lines"])
        self.submit(draft)
        for body in self.without(draft).values():
            body["lines"] = [{**line, "price_unit": None} for line in body["lines"]]
            self.submit(body)
        self.assertFalse(self.events(draft))

    def test_void_says_why_and_leaves_an_event_of_its_own(self):
        draft = self.sent()
        body = self.without(draft)["left out"]
        problem = self.assertProblem("VALIDATION", self.submit, body, "manager")
        self.assertEqual(problem.errors[0]["path"], "void_reason")
        self.submit({**body, "void_reason": "cayó al piso"}, "manager")
        row = self.events(draft)
        self.assertEqual(row.user_id, self.ref("user_manager"))
        [line] = json.loads(row.payload)["lines"]
        self.assertEqual((line["line"], line["reason"]), ("b", "cayó al piso"))
        self.assertEqual(float(line["qty"]), 1)
        self.assertEqual(float(line["amount"]), round(self.full * 1.28, 2))
        voided = self.order(draft).lines.filtered("nu_is_voided")
        self.assertEqual((voided.nu_client_id, voided.nu_voided_qty), ("b", 1))
        self.assertFalse(voided.qty or voided.price_subtotal_incl)
        # sent again without it, nothing more is voided
        self.submit({**body, "void_reason": None}, "cashier")
        self.assertEqual(len(self.events(draft)), 1)

    def test_reason_of_the_approval_will_do(self):
        draft = self.sent()
        body = self.without(draft)["fewer"]
        one = round(self.full * 1.28, 2)
        shown = self.approve(
            "void_sent_item", one, draft["pos_reference"], reason="se quemó"
        )
        self.submit({**body, "approvals": [shown]})
        [line] = json.loads(self.events(draft).payload)["lines"]
        self.assertEqual(line["reason"], "se quemó")
        self.assertEqual(self.order(draft).lines[:1].nu_sent_qty, 1)

    def test_hub_voids_what_its_terminals_voided(self):
        draft = self.sent(who="hub")
        self.submit(self.without(draft)["left out"], "hub")
        [line] = json.loads(self.events(draft).payload)["lines"]
        self.assertIsNone(line["reason"])

    def test_cancelling_by_a_step_is_cancelling(self):
        draft = self.sent()
        step = {**draft, "step": "cancel", "void_reason": "se fueron"}
        for finalize in (False, True):
            for who in ("cashier", "waiter"):
                if finalize and who == "waiter":
                    continue  # who takes no payments does not come that far
                with self.subTest(finalize=finalize, who=who):
                    problem = self.assertProblem(
                        "FORBIDDEN", self.submit, step, who, finalize
                    )
                    self.assertEqual(problem.extra["permission"], "void_item")
        self.assertEqual(self.order(draft).state, "draft")
        total = self.order(draft).amount_total
        shown = self.approve("cancel_order", total, draft["pos_reference"])
        body = self.submit({**step, "approvals": [shown]})
        self.assertEqual(body["state"], "cancelled")
        payload = json.loads(self.events(draft, "cancel").payload)
        self.assertEqual(payload["reason"], "se fueron")
        self.assertTrue(payload["at_kitchen"])

    def test_cancelled_after_the_kitchen_says_why(self):
        draft = self.sent()
        problem = self.assertProblem(
            "VALIDATION", self.submit, {**draft, "step": "cancel"}, "manager"
        )
        self.assertEqual(problem.errors[0]["path"], "void_reason")
        self.submit({**draft, "step": "cancel"}, "hub")
        self.assertEqual(self.order(draft).state, "cancel")

    def test_batch_cancels_with_the_right_only(self):
        draft = self.sent()
        batch = self.env["nu.pos.batch"].with_user(self.cashier)
        answer = batch.sync({"orders": [{**draft, "step": "cancel"}]})
        self.assertEqual(answer.body["results"][0]["code"], "FORBIDDEN")
        self.assertEqual(self.order(draft).state, "draft")


class TestCredit(LimitsCase):
    def setUp(self):
        super().setUp()
        self.customer = self.ref("partner_credit")
        self.customer.with_company(self.company).credit_limit = 1000

    def on_account(self, amount=1280.0, **values):
        return self.snapshot(
            self.line(price=1000.0),
            total=amount,
            payments=[{"payment_method_id": self.credit.id, "amount": amount}],
            **{"partner_id": self.customer.id, **values},
        )

    def test_over_the_limit_with_the_right_or_an_approval(self):
        self.config.nu_restrict_prices = False
        self.assertProblem(
            "CREDIT_LIMIT", self.submit, self.on_account(), finalize=True
        )
        body = self.on_account()
        shown = self.approve("credit_over_limit", 1000, body["pos_reference"])
        self.assertNeeded(
            [{"type": "credit_over_limit", "amount": 1280.0}],
            self.submit,
            {**body, "approvals": [shown]},
            finalize=True,
        )
        shown = self.approve("credit_over_limit", 1280, body["pos_reference"])
        sold = self.submit({**body, "approvals": [shown]}, finalize=True)
        self.assertEqual(sold["state"], "paid")
        approval = self.env["nu.pos.approval"].search(
            [("type", "=", "credit_over_limit"), ("amount", "=", 1280)]
        )
        self.assertTrue(approval.date_used)
        answer = self.submit(self.on_account(), "manager", finalize=True)
        self.assertIn("CREDIT_LIMIT", [w["code"] for w in answer["warnings"]])

    def test_account_is_locked_however_the_customer_is_named(self):
        """By id, RNC, object or through a contact: the account is the company's."""
        contact = self.env["res.partner"].create(
            {
                "name": "Compras",
                "parent_id": self.customer.id,
                "company_id": self.company.id,
                "ref": "C-77",
            }
        )
        self.customer.with_company(self.company).credit_limit = 100000
        self.config.nu_restrict_prices = False
        locked = []
        Unit = type(self.env["nu.pos.unit"])
        run = Unit.run

        def spy(units, keys, work, spare=()):
            def seen(unit):
                unit.lock = locked.append
                return work(unit)

            return run(units, keys, seen, spare)

        spellings = (
            {"partner_id": self.customer.id},
            {"partner_id": None, "customer": self.customer.vat},
            {"partner_id": None, "customer": {"vat": self.customer.vat}},
            {"partner_id": None, "customer": {"id": self.customer.id}},
            {"partner_id": None, "customer": "C-77"},
            {"partner_id": contact.id},
        )
        with patch.object(Unit, "run", spy):
            for spelling in spellings:
                self.submit(self.on_account(**spelling), finalize=True)
        self.assertEqual(len(locked), len(spellings))
        self.assertEqual(len(set(locked)), 1, locked)
        self.assertIn(str(self.customer.id), locked[0])
        with patch.object(Unit, "run", spy):
            self.sell(partner_id=self.customer.id, fiscal_type="B01")
        self.assertEqual(len(locked), len(spellings), "a sale in cash waits for nobody")


class TestSteps(LimitsCase):
    def test_payments_of_a_draft_are_refused_whatever_the_step(self):
        for step in ("create", "update", None):
            body = {**self.snapshot(self.line(price=self.full)), "step": step}
            problem = self.assertProblem("VALIDATION", self.submit, body)
            self.assertEqual(problem.errors[0]["path"], "payments")
        for step in ("pay", "all"):
            body = {**self.snapshot(self.line(price=self.full)), "step": step}
            problem = self.assertProblem("VALIDATION", self.submit, body)
            self.assertEqual(problem.errors[0]["path"], "step")

    def test_order_has_a_greatest_total(self):
        lines = [self.line(price=999_999_999, qty=999, id=str(n)) for n in range(3)]
        body = self.draft(*lines, total=0)
        problem = self.assertProblem("VALIDATION", self.submit, body, "manager")
        self.assertEqual(problem.errors[0]["path"], "lines")

    def test_fiscal_type_is_plain_text(self):
        for text in ("B02\n", "ｂ０２", "B\t02", "B０2"):
            body = {**self.snapshot(self.line(price=self.full)), "fiscal_type": text}
            with self.subTest(text=text):
                self.assertProblem("VALIDATION", self.submit, body, finalize=True)
