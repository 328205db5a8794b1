from unittest.mock import patch

from odoo.exceptions import AccessError, UserError

from odoo.addons.point_of_sale.models.pos_order import PosOrder as CoreOrder

from ...models.evidence.nu_pos_guarded import unsealed
from ..common import FiscalCase


class TestOrderFinalize(FiscalCase):
    def test_a_snapshot_becomes_a_paid_numbered_sale(self):
        snapshot = self.snapshot(self.line(id="client-line-1", qty=2, price=450.0))
        answer = self.finalize(snapshot)
        order = self.order_of(answer)
        self.assertEqual(answer["status"], "ok")
        self.assertTrue(answer["created"])
        self.assertEqual(answer["line_id_map"], {"client-line-1": order.lines.id})
        self.assertEqual((order.state, order.amount_total), ("paid", 1152.0))
        self.assertEqual(answer["fiscal"]["reference"], order.nu_ncf)
        self.assertRegex(order.nu_ncf, r"^B02\d{8}$")
        self.assertEqual(answer["fiscal"]["fiscal_type_code"], "B02")
        self.assertEqual(answer["fiscal"]["state"], "issued")
        ncf = order.nu_ncf_id
        self.assertEqual((ncf.order_id, ncf.amount_total), (order, 1152.0))
        self.assertInvariant()

    def test_the_answer_has_what_a_receipt_prints(self):
        answer = self.finalize(
            self.snapshot(
                self.line(price=500.0),
                self.line(self.reduced, price=100.0),
                self.line(self.exempt, price=50.0),
                total=640.0 + 100.0 * 1.26 + 50.0 * 1.1,
                fiscal_type="B01",
                partner_id=self.buyer.id,
            )
        )
        fiscal, order = answer["fiscal"], self.order_of(answer)
        self.assertEqual(fiscal["title"], "FACTURA DE CRÉDITO FISCAL")
        self.assertEqual(
            fiscal["buyer"],
            {"name": self.buyer.name, "rnc": self.buyer.vat, "foreign_id": None},
        )
        self.assertEqual(
            fiscal["issued_at"],
            f"{order.nu_ncf_id.date_issued.replace(microsecond=0).isoformat()}Z",
        )
        self.assertIsNone(fiscal["signed_at"])
        self.assertEqual(
            [tuple(tax.values()) for tax in fiscal["taxes"]],
            [
                ("itbis", 18.0, 500.0, 90.0),
                ("itbis", 16.0, 100.0, 16.0),
                ("exempt", 0.0, 50.0, 0.0),
                ("tip", 10.0, 650.0, 65.0),
            ],
        )
        itbis = sum(t["amount"] for t in fiscal["taxes"] if t["kind"] == "itbis")
        self.assertEqual(itbis, order.nu_amount_itbis)

    def test_the_taxes_of_a_sale_outlive_a_change_of_the_rate(self):
        snapshot = self.snapshot()
        taxes = self.finalize(snapshot)["fiscal"]["taxes"]
        rate = self.dish.taxes_id.flatten_taxes_hierarchy().filtered(
            lambda tax: not tax.nu_is_tip
        )
        self.env.cr.execute(
            "UPDATE account_tax SET amount = 20 WHERE id IN %s", [tuple(rate.ids)]
        )
        self.env.invalidate_all()
        again = self.finalize(snapshot)
        self.assertFalse(again["created"])
        self.assertEqual(again["fiscal"]["taxes"], taxes)

    def test_a_return_tells_its_taxes_below_zero(self):
        sale = self.order_of(self.finalize(self.snapshot(self.line(qty=2))))
        refunds = self.env["nu.pos.refund"].with_user(self.ref("user_manager"))
        note = refunds.submit(str(sale.id), {"reason": "frio"}).body
        self.assertEqual(
            [tuple(tax.values()) for tax in note["fiscal"]["taxes"]],
            [("itbis", 18.0, -1000.0, -180.0), ("tip", 10.0, -1000.0, -100.0)],
        )

    def test_a_draft_is_paid_under_its_own_id(self):
        draft = self.draft(self.line(id="a"))
        created = self.Order._nu_submit(draft, finalize=False).body
        payments = [{"payment_method_id": self.card.id, "amount": 640.0}]
        answer = self.finalize({**draft, "payments": payments})
        self.assertEqual(answer["order_id"], created["order_id"])
        self.assertEqual(answer["line_id_map"], created["line_id_map"])
        self.assertEqual(answer["version"], 2)

    def test_the_reserved_number_is_the_one_issued(self):
        snapshot = self.snapshot()
        reserved = self.Order._nu_reserve(
            {
                "pos_reference": snapshot["pos_reference"],
                "config_id": self.config.id,
                "fiscal_type": "B02",
            }
        ).body["fiscal"]["reference"]
        self.assertEqual(self.finalize(snapshot)["fiscal"]["reference"], reserved)

    def test_without_a_type_the_reserved_one_counts(self):
        snapshot = self.snapshot()
        snapshot.pop("fiscal_type")
        self.Order._nu_reserve(
            {
                "pos_reference": snapshot["pos_reference"],
                "config_id": self.config.id,
                "fiscal_type": "E32",
            }
        )
        self.assertEqual(self.finalize(snapshot)["fiscal"]["fiscal_type_code"], "E32")

    def test_another_type_than_the_reserved_one_is_a_conflict(self):
        snapshot = self.snapshot(fiscal_type="E32")
        self.Order._nu_reserve(
            {
                "pos_reference": snapshot["pos_reference"],
                "config_id": self.config.id,
                "fiscal_type": "B02",
            }
        )
        self.assertProblem("CONFLICT", self.finalize, snapshot)
        answer = self.finalize({**snapshot, "replace": True})
        self.assertEqual(answer["fiscal"]["fiscal_type_code"], "E32")
        self.assertInvariant()

    def test_a_repeat_gets_the_same_answer_and_changes_nothing(self):
        snapshot = self.snapshot()
        first = self.finalize(snapshot)
        audits = self.env["nu_restaurant_pos.order_audit"].search_count([])
        second = self.finalize(snapshot)
        self.assertEqual({**first, "created": False}, second)
        self.assertEqual(
            self.env["nu_restaurant_pos.order_audit"].search_count([]), audits
        )

    def test_a_repeat_in_another_spelling_is_the_same(self):
        snapshot = self.snapshot(self.line(id="a"))
        first = self.finalize(snapshot)
        respelled = {
            "posReference": snapshot["pos_reference"],
            "configId": snapshot["config_id"],
            "orderType": "dine_in",
            "fiscalType": "B02",
            "amountTotal": "640.00",
            "lines": [
                {
                    "id": "a",
                    "productId": self.dish.id,
                    "qty": "1",
                    "priceUnit": "500.00",
                }
            ],
            "statement_ids": [
                [0, 0, {"payment_method_id": self.cash.id, "amount": 640}]
            ],
        }
        self.assertEqual(self.finalize(respelled)["order_id"], first["order_id"])

    def test_a_repeat_with_other_content_is_refused(self):
        snapshot = self.snapshot(self.line(id="a"))
        self.finalize(snapshot)
        changed = (
            {"lines": [self.line(id="a", qty=2)]},
            {"amount_total": 641.0},
            {"payments": [{"payment_method_id": self.card.id, "amount": 640.0}]},
            {"fiscal_type": "B01"},
            {"check_discount": 5},
        )
        for values in changed:
            problem = self.assertProblem(
                "IDEMPOTENCY_MISMATCH", self.finalize, {**snapshot, **values}
            )
            self.assertEqual(problem.extra["current"]["state"], "paid")

    def test_a_late_failure_leaves_no_order_and_a_visible_reservation(self):
        snapshot = self.snapshot()
        with (
            patch.object(
                CoreOrder, "_create_order_picking", side_effect=UserError("x")
            ),
            self.assertRaises(UserError),
        ):
            self.finalize(snapshot)
        self.env.invalidate_all()
        reference = snapshot["pos_reference"]
        self.assertFalse(self.Order._nu_by_reference(self.company, reference))
        self.assertTrue(self.finalize(snapshot)["created"])
        self.assertInvariant()

    def test_missing_and_exhausted_ranges_create_nothing(self):
        buyer = {"partner_id": self.ref("partner_state").id}
        snapshot = self.snapshot(fiscal_type="B16", **buyer)
        self.assertProblem("NCF_NO_RANGE", self.finalize, snapshot)
        self.ref("range_b15").last_number = 1
        self.finalize(self.snapshot(fiscal_type="B15", **buyer))
        snapshot = self.snapshot(fiscal_type="B15", **buyer)
        problem = self.assertProblem("NCF_EXHAUSTED", self.finalize, snapshot)
        self.assertEqual(problem.extra["fiscal_type"], "B15")
        self.assertFalse(
            self.Order._nu_by_reference(self.company, snapshot["pos_reference"])
        )

    def test_low_stock_is_told_to_the_till(self):
        self.assertFalse(self.finalize()["warnings"])
        self.ref("range_b02").warning_numbers = 100_000
        [warning] = self.finalize()["warnings"]
        self.assertEqual(warning["code"], "NCF_LOW")

    def test_the_default_partner_is_the_registers(self):
        order = self.order_of(self.finalize())
        self.assertEqual(order.partner_id, self.config.nu_default_partner_id)

    def test_the_customers_usual_type_is_used(self):
        snapshot = self.snapshot(partner_id=self.buyer.id)
        snapshot.pop("fiscal_type")
        self.buyer.nu_document_type_id = self.type("B01")
        self.assertEqual(self.finalize(snapshot)["fiscal"]["fiscal_type_code"], "B01")

    def test_a_fiscal_credit_needs_an_rnc(self):
        for prefix in ("B01", "E31", "B15", "E45"):
            snapshot = self.snapshot(fiscal_type=prefix)
            problem = self.assertProblem("RNC_REQUIRED", self.finalize, snapshot)
            self.assertEqual(problem.errors[0]["path"], "partner_id")

    def test_a_malformed_rnc_is_refused_where_it_is_required(self):
        buyer = self.env["res.partner"].create({"name": "Cliente"})
        buyer.with_context(no_vat_validation=True).vat = "12345"
        snapshot = self.snapshot(fiscal_type="B01", partner_id=buyer.id)
        self.assertProblem("RNC_INVALID", self.finalize, snapshot)

    def test_a_wrong_check_digit_warns_and_never_blocks(self):
        buyer = self.ref("partner_bad_rnc")
        answer = self.finalize(self.snapshot(fiscal_type="B01", partner_id=buyer.id))
        self.assertEqual(answer["fiscal"]["state"], "issued")
        self.assertEqual(answer["warnings"][0]["code"], "CHECK_DIGIT")

    def test_a_consumer_sale_from_250_000_names_its_buyer(self):
        small = self.snapshot(self.line(price=195_312.49))
        self.assertEqual(small["amount_total"], 249_999.99)
        self.finalize(small)
        large = self.snapshot(self.line(price=195_312.50))
        self.assertEqual(large["amount_total"], 250_000.00)
        self.assertProblem("RNC_REQUIRED", self.finalize, large)
        answer = self.finalize({**large, "partner_id": self.buyer.id})
        self.assertEqual(answer["fiscal"]["fiscal_type_code"], "B02")

    def test_a_sale_cannot_bear_a_note_or_a_purchase_number(self):
        for prefix in ("B04", "E34", "B11", "E43"):
            snapshot = self.snapshot(fiscal_type=prefix)
            problem = self.assertProblem("VALIDATION", self.finalize, snapshot)
            self.assertEqual(problem.errors[0]["path"], "fiscal_type")

    def test_only_sales_are_finalized(self):
        snapshot = self.snapshot(mode="payment")
        problem = self.assertProblem("VALIDATION", self.finalize, snapshot)
        self.assertEqual(problem.errors[0]["path"], "mode")

    def test_one_hub_finalize_event_a_sale(self):
        snapshot = self.snapshot()
        answer = self.finalize(snapshot)
        rows = self.env["nu_restaurant_pos.order_audit"].search(
            [
                ("pos_reference", "=", snapshot["pos_reference"]),
                ("event", "=", "hub_finalize"),
            ]
        )
        self.assertEqual(len(rows), 1)
        self.assertEqual(rows.ncf, answer["fiscal"]["reference"])
        self.assertEqual(rows.user_id, self.hub)
        self.assertEqual(rows.order_res_id, answer["order_id"])

    def test_a_failing_audit_fails_the_sale(self):
        Audit = type(self.env["nu_restaurant_pos.order_audit"])
        snapshot = self.snapshot()
        with (
            patch.object(Audit, "_record_all", side_effect=AccessError("full")),
            self.assertRaises(AccessError),
        ):
            self.finalize(snapshot)
        self.env.invalidate_all()
        self.assertFalse(
            self.Order._nu_by_reference(self.company, snapshot["pos_reference"])
        )

    def test_a_numbered_order_is_never_deleted(self):
        order = self.order_of(self.finalize())
        with unsealed(self.env):
            self.env.cr.execute(
                "UPDATE pos_order SET state = 'cancel' WHERE id = %s", [order.id]
            )
        order.invalidate_recordset()
        with self.assertRaises(AccessError):
            order.unlink()


class TestInvoicePolicy(FiscalCase):
    def test_identified_invoices_only_whom_it_knows(self):
        self.assertEqual(self.config.nu_invoice_policy, "identified")
        self.assertFalse(self.order_of(self.finalize()).account_move)
        answer = self.finalize(
            self.snapshot(fiscal_type="B01", partner_id=self.buyer.id)
        )
        invoice = self.order_of(answer).account_move
        self.assertEqual(invoice.state, "posted")
        self.assertEqual(invoice.partner_id, self.buyer)
        self.assertEqual(invoice.nu_ncf, answer["fiscal"]["reference"])
        self.assertEqual(answer["fiscal"]["invoice_id"], invoice.id)
        self.assertEqual(answer["state"], "paid")

    def test_always_invoices_the_default_customer(self):
        self.config.nu_invoice_policy = "always"
        invoice = self.order_of(self.finalize()).account_move
        self.assertEqual(invoice.partner_id, self.config.nu_default_partner_id)
        self.assertEqual(invoice.amount_total, 640.0)
        self.assertFalse(invoice.attachment_ids, "no PDF while a till waits")

    def test_always_without_a_default_customer_asks_for_one(self):
        self.config.write(
            {"nu_invoice_policy": "always", "nu_default_partner_id": False}
        )
        problem = self.assertProblem("VALIDATION", self.finalize)
        self.assertEqual(problem.errors[0]["path"], "partner_id")

    def test_the_invoice_says_the_same_amounts(self):
        answer = self.finalize(
            self.snapshot(
                self.line(qty=3, price=333.33, discount=7.5),
                fiscal_type="B01",
                partner_id=self.buyer.id,
                total=0,
                payments=[{"payment_method_id": self.card.id, "amount": 1183.99}],
            )
        )
        order = self.order_of(answer)
        self.assertEqual(order.account_move.amount_total, order.amount_total)
        self.assertEqual(order.account_move.amount_tax, order.amount_tax)
