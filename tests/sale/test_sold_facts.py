"""A closed sale is a fact: sold, told again and declared as it was."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from ..common import FiscalCase


class SoldCase(FiscalCase):
    def warnings(self, answer):
        return [(warning["code"], warning["path"]) for warning in answer["warnings"]]

    def audit(self, reference, event):
        return self.env["nu_restaurant_pos.order_audit"].search(
            [("pos_reference", "=", reference), ("event", "=", event)]
        )

    def new_session(self):
        """The evening's session is closed, another one begins the next day."""
        self.config.current_session_id.state = "closed"
        session = self.env["pos.session"].create({"config_id": self.config.id})
        session.set_opening_control(0, None)
        return session

    def rename_method(self, method, name):
        """As in the office, when no session is open."""
        self.env.cr.execute(
            "UPDATE pos_payment_method SET name = jsonb_build_object('en_US', %s::text)"
            " WHERE id = %s",
            [name, method.id],
        )
        method.invalidate_recordset(["name"])

    def named(self, product, price=500.0, **values):
        """A line that names its product by a text."""
        line = {**self.line(price=price), "product": product, **values}
        del line["product_id"]
        return line


class TestArchivedMeanwhile(SoldCase):
    def test_paid_sale_of_archived_dish_is_sold_with_warning(self):
        by_id, by_code = self.snapshot(), self.snapshot(self.named("D001"))
        by_barcode = self.snapshot(self.named("2000000000015"))
        session = self.new_session()
        self.dish.active = False
        for body, path in (
            (by_id, "lines[0].product_id"),
            (by_code, "lines[0].product"),
            (by_barcode, "lines[0].product"),
        ):
            with self.subTest(path=path):
                answer = self.finalize(body)
                order = self.order_of(answer)
                self.assertEqual(self.warnings(answer), [("ARCHIVED_REFERENCE", path)])
                self.assertIn(self.dish.name, answer["warnings"][0]["message"])
                self.assertEqual(
                    (order.state, order.amount_total, order.lines.product_id),
                    ("paid", 640.0, self.dish),
                )
                self.assertEqual(order.session_id, session)
                [row] = self.audit(body["pos_reference"], "sale_warning")
                self.assertIn("ARCHIVED_REFERENCE", row.payload)
        self.assertInvariant()

    def test_batch_of_the_evening_is_sold_too(self):
        orders = [self.snapshot(), self.snapshot(self.named("D001"))]
        self.new_session()
        self.dish.active = False
        batch = self.env["nu.pos.batch"].with_user(self.hub)
        answer = batch.sync({"orders": orders})
        self.assertEqual(answer.status, 200, answer.body)
        codes = [row["warnings"][0]["code"] for row in answer.body["results"]]
        self.assertEqual(codes, ["ARCHIVED_REFERENCE"] * 2)

    def test_draft_of_archived_dish_is_refused(self):
        self.dish.active = False
        problem = self.assertProblem(
            "UNKNOWN_REFERENCE", self.Order._nu_submit, self.draft(), finalize=False
        )
        self.assertNotIn("quarantined", problem.extra)

    def test_active_dish_wins_over_archived_one_of_the_same_code(self):
        self.dish.active = False
        heir = self.dish.copy({"default_code": "D001", "active": True})
        answer = self.finalize(self.snapshot(self.named("D001")))
        self.assertEqual(self.order_of(answer).lines.product_id, heir)
        self.assertEqual(answer["warnings"], [])

    def test_dish_of_another_company_is_none(self):
        ours = self.env.ref("base.main_company")
        other = self.env["product.product"].create(
            {"name": "Ajeno", "active": False, "company_id": ours.id}
        )
        with self.assertRaises(Exception) as caught:
            self.finalize(self.snapshot(self.line(other)))
        self.assertEqual(caught.exception.code, "UNKNOWN_REFERENCE")

    def test_method_taken_off_the_register_still_pays(self):
        """Books included: the session closes balanced."""
        transfer = self.ref("pm_transfer")
        bodies = [
            self.snapshot(
                payments=[{"payment_method_id": transfer.id, "amount": 640.0}]
            ),
            self.snapshot(payments=[{"payment_method": transfer.name, "amount": 640}]),
        ]
        self.new_session().state = "closed"
        self.config.payment_method_ids = [Command.unlink(transfer.id)]
        transfer.active = False
        session = self.env["pos.session"].create({"config_id": self.config.id})
        session.set_opening_control(0, None)
        for body, path in zip(bodies, ("payment_method_id", "payment_method")):
            answer = self.finalize(body)
            self.assertEqual(
                self.warnings(answer),
                [("ARCHIVED_REFERENCE", f"payments[0].{path}")],
            )
            payment = self.order_of(answer).payment_ids
            self.assertEqual(payment.payment_method_id, transfer)
        session.action_pos_session_closing_control()
        self.assertEqual(session.state, "closed")
        self.assertEqual(session.move_id.state, "posted")
        booked = session.bank_payment_ids.filtered(
            lambda payment: payment.pos_payment_method_id == transfer
        )
        self.assertEqual(sum(booked.mapped("amount")), 1280.0)

    def test_sale_of_a_past_method_gets_a_receipt_of_another_type(self):
        transfer = self.ref("pm_transfer")
        answer = self.finalize(
            self.snapshot(
                payments=[{"payment_method_id": transfer.id, "amount": 640.0}]
            )
        )
        self.new_session().state = "closed"
        self.config.payment_method_ids = [Command.unlink(transfer.id)]
        session = self.env["pos.session"].create({"config_id": self.config.id})
        session.set_opening_control(0, None)
        new = (
            self.env["nu.pos.reissue"]
            .with_user(self.ref("user_manager"))
            .submit(
                {
                    "order_ref": str(answer["order_id"]),
                    "fiscal_type": "B01",
                    "partner_id": self.buyer.id,
                }
            )
            .body
        )
        payments = self.order_of(new).payment_ids
        self.assertEqual(payments.payment_method_id, transfer)

    def test_cash_method_taken_off_the_register_gives_change(self):
        body = self.snapshot(pay=1000.0)
        self.new_session().state = "closed"
        self.config.payment_method_ids = [Command.unlink(self.cash.id)]
        session = self.env["pos.session"].create({"config_id": self.config.id})
        session.set_opening_control(0, None)
        order = self.order_of(self.finalize(body))
        self.assertEqual(order.amount_return, 360.0)
        self.assertEqual(order.payment_ids.payment_method_id, self.cash)
        self.assertEqual(sum(order.payment_ids.mapped("amount")), 640.0)

    def test_method_of_another_register_never_was_of_this_one(self):
        other = self.second_register()
        body = self.snapshot(config_id=other.id)
        with self.assertRaises(Exception) as caught:
            self.finalize(body)
        self.assertEqual(caught.exception.code, "UNKNOWN_REFERENCE")

    def test_customer_and_waiter_who_are_gone_stay_on_the_sale(self):
        waiter = self.ref("employee_waiter")
        body = self.snapshot(
            fiscal_type="B01", partner_id=self.buyer.id, employee_id=waiter.id
        )
        self.buyer.active = False
        waiter.active = False
        answer = self.finalize(body)
        order = self.order_of(answer)
        self.assertEqual(
            self.warnings(answer),
            [
                ("ARCHIVED_REFERENCE", "partner_id"),
                ("ARCHIVED_REFERENCE", "employee_id"),
            ],
        )
        self.assertEqual((order.partner_id, order.employee_id), (self.buyer, waiter))
        self.assertEqual(order.account_move.nu_ncf, answer["fiscal"]["reference"])

    def test_table_that_is_gone_is_left_out_or_kept(self):
        table = self.ref("table_5")
        archived = self.snapshot(table_id=table.id)
        unknown = self.snapshot(table_id=2**31 - 1)
        takeout = self.snapshot(table_id=table.id, order_type="takeout", total=590.0)
        answer = self.finalize(takeout)
        self.assertEqual(self.warnings(answer), [("FIELD_IGNORED", "table_id")])
        table.active = False
        answer = self.finalize(archived)
        self.assertEqual(self.warnings(answer), [("ARCHIVED_REFERENCE", "table_id")])
        self.assertEqual(self.order_of(answer).table_id, table)
        answer = self.finalize(unknown)
        self.assertEqual(self.warnings(answer), [("UNKNOWN_REFERENCE", "table_id")])
        self.assertFalse(self.order_of(answer).table_id)

    def test_waiter_nobody_knows_is_left_out(self):
        answer = self.finalize(self.snapshot(employee_id=2**31 - 1))
        self.assertEqual(self.warnings(answer), [("UNKNOWN_REFERENCE", "employee_id")])

    def test_tax_archived_meanwhile_is_the_one_that_was_charged(self):
        taxes = self.config.default_preset_id.fiscal_position_id.map_tax(
            self.dish.taxes_id
        )
        body = self.snapshot(self.line(tax_ids=taxes.ids))
        taxes.active = False
        answer = self.finalize(body)
        self.assertIn(("ARCHIVED_REFERENCE", "lines"), self.warnings(answer))
        self.assertEqual(answer["amount_itbis"], 90.0)


class TestReplay(SoldCase):
    def test_replay_after_archiving_and_renaming_is_the_same_answer(self):
        """The hub's answer was lost; meanwhile the house changed its list."""
        body = self.snapshot(
            self.named("D001"),
            payments=[{"payment_method": self.cash.name, "amount": 640.0}],
        )
        first = self.finalize(body)
        self.dish.write({"default_code": "D999", "barcode": "999", "name": "Otro"})
        self.rename_method(self.cash, "Billetes")
        self.assertEqual(self.finalize(body), {**first, "created": False})
        self.dish.active = False
        self.assertEqual(self.finalize(body), {**first, "created": False})
        # the code now means something else: the sale does not
        self.ref("product_02").default_code = "D001"
        self.assertEqual(self.finalize(body), {**first, "created": False})

    def test_replay_with_warnings_tells_them_again(self):
        body = self.snapshot(tipp=1, note="n" * 300, table_id=2**31 - 1)
        first = self.finalize(body)
        self.assertEqual(len(first["warnings"]), 3)
        self.assertEqual(self.finalize(body), {**first, "created": False})
        self.assertEqual(len(self.audit(body["pos_reference"], "sale_warning")), 1)

    def test_replay_after_the_contact_was_corrected_warns_as_before(self):
        buyer = self.ref("partner_bad_rnc")
        body = self.snapshot(fiscal_type="B01", partner_id=buyer.id)
        first = self.finalize(body)
        self.assertEqual(self.warnings(first), [("CHECK_DIGIT", "partner_id")])
        buyer.vat = self.ref("partner_company_2").vat
        self.assertEqual(self.finalize(body), {**first, "created": False})

    def test_sales_of_the_old_fingerprint_are_told_again(self):
        """Sold by a version that kept the hash of the resolved content."""
        body = self.snapshot(
            self.named("D001"),
            payments=[{"payment_method": self.cash.name, "amount": 640.0}],
        )
        first = self.finalize(body)
        order = self.order_of(first)
        old = order.nu_fingerprint.split(":")[2]
        self.env.cr.execute(
            "UPDATE pos_order SET nu_fingerprint = %s WHERE id = %s", [old, order.id]
        )
        order.invalidate_recordset()
        self.assertEqual(self.finalize(body), {**first, "created": False})
        self.dish.active = False
        self.assertEqual(self.finalize(body), {**first, "created": False})
        self.dish.default_code = "D999"
        self.rename_method(self.cash, "Billetes")
        self.assertEqual(self.finalize(body), {**first, "created": False})
        with self.assertRaises(Exception) as caught:
            self.finalize({**body, "amount_total": 641.0})
        self.assertEqual(caught.exception.code, "IDEMPOTENCY_MISMATCH")

    def test_one_product_in_two_spellings_is_one_sale(self):
        body = self.snapshot(self.line(id="a"))
        first = self.finalize(body)
        again = {**body, "lines": [self.named("D001", id="a")]}
        self.assertEqual(self.finalize(again)["order_id"], first["order_id"])

    def test_another_buyer_table_or_type_is_told_so(self):
        table, other_table = self.ref("table_5"), self.ref("table_6")
        other = self.ref("partner_company_2")
        body = self.snapshot(
            fiscal_type="B01", partner_id=self.buyer.id, table_id=table.id
        )
        first = self.finalize(body)
        self.assertEqual(self.finalize(body)["warnings"], first["warnings"])
        for values, path in (
            ({"partner_id": other.id}, "partner_id"),
            ({"partner_id": None, "customer": other.vat}, "customer"),
            ({"partner_id": None}, "partner_id"),
            ({"table_id": other_table.id}, "table_id"),
            ({"table_id": None, "table": "6"}, "table"),
            ({"order_type": "takeout"}, "order_type"),
        ):
            with self.subTest(values):
                answer = self.finalize({**body, **values})
                self.assertEqual(answer["order_id"], first["order_id"])
                self.assertFalse(answer["created"])
                self.assertEqual(self.warnings(answer)[0], ("REPEAT_DIFFERS", path))
                rows = self.audit(body["pos_reference"], "repeat")
                self.assertIn(f'"{path}"', rows[0].payload)
        order = self.order_of(first)
        self.assertEqual((order.partner_id, order.table_id), (self.buyer, table))

    def test_the_same_buyer_in_another_spelling_is_no_other(self):
        body = self.snapshot(fiscal_type="B01", partner_id=self.buyer.id)
        self.finalize(body)
        again = {**body, "customer": self.buyer.vat, "partner_id": None}
        self.assertEqual(self.warnings(self.finalize(again)), [])

    def test_late_draft_with_another_buyer_is_told_so(self):
        body = self.snapshot(fiscal_type="B01", partner_id=self.buyer.id)
        self.finalize(body)
        late = {**body, "partner_id": self.ref("partner_company_2").id}
        del late["payments"]
        answer = self.Order._nu_submit(late, finalize=False).body
        self.assertEqual(self.warnings(answer), [("REPEAT_DIFFERS", "partner_id")])
        del late["partner_id"]
        self.assertEqual(
            self.Order._nu_submit(late, finalize=False).body["warnings"], []
        )


class TestQuantities(SoldCase):
    def test_noise_of_binary_floats_is_sold(self):
        body = self.snapshot(self.line(qty=0.1 + 0.2), total=192.0)
        order = self.order_of(self.finalize(body))
        self.assertEqual((order.lines.qty, order.amount_total), (0.3, 192.0))

    def test_weighed_goods_are_sold_by_the_gram(self):
        self.dish.to_weight = True
        body = self.snapshot(self.line(qty=0.345, price=1000.0), total=441.6)
        order = self.order_of(self.finalize(body))
        self.assertEqual((order.lines.qty, order.amount_total), (0.345, 441.6))
        electronic = self.snapshot(
            self.line(qty=0.345, price=1000.0), total=441.6, fiscal_type="E32"
        )
        order = self.order_of(self.finalize(electronic))
        ecf = self.env["nu.pos.ecf"].search([("order_id", "=", order.id)])
        self.assertEqual(ecf.amount_total, 441.6)

    def test_pieces_have_two_decimals(self):
        for qty in (0.345, 0.3333333):
            problem = self.assertProblem(
                "VALIDATION",
                self.Order._nu_submit,
                self.draft(self.line(qty=qty), total=0),
                finalize=False,
            )
            self.assertEqual(problem.errors[0]["path"], "lines[0].qty")
            self.assertIn("2 decimals", problem.errors[0]["message"])

    def test_a_gram_is_the_least_of_weighed_goods(self):
        self.dish.to_weight = True
        problem = self.assertProblem(
            "VALIDATION",
            self.Order._nu_submit,
            self.draft(self.line(qty=0.3451), total=0),
            finalize=False,
        )
        self.assertIn("3 decimals", problem.errors[0]["message"])


class TestModes(SoldCase):
    def test_draft_that_is_never_sold_says_so_at_once(self):
        for mode in ("return", "payment"):
            with self.subTest(mode):
                body = self.draft(mode=mode)
                answer = self.Order._nu_submit(body, finalize=False).body
                self.assertEqual(self.warnings(answer), [("MODE_NOT_SOLD", "mode")])
                problem = self.assertProblem(
                    "VALIDATION",
                    self.Order._nu_reserve,
                    {
                        "pos_reference": body["pos_reference"],
                        "config_id": self.config.id,
                        "fiscal_type": "B02",
                    },
                )
                self.assertEqual(problem.errors[0]["path"], "mode")
        self.assertInvariant()


class TestClock(SoldCase):
    def test_sale_without_a_readable_time_is_of_now(self):
        before = fields.Datetime.now() - timedelta(seconds=1)
        answer = self.finalize(self.snapshot(date_order="21/11/2026 14:00"))
        self.assertEqual(self.warnings(answer), [("FIELD_IGNORED", "date_order")])
        self.assertGreaterEqual(self.order_of(answer).date_order, before)
