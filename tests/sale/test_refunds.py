"""Returns: whole, by line, by quantity; never more than the original."""

from odoo import fields
from odoo.tests import tagged

from ...fiscal.ecf import build
from ...fiscal.ecf.description import Change
from ..common import FiscalCase
from ..gateway_case import GatewayCase
from ..succeeds import succeeds


class RefundCase(FiscalCase):
    def setUp(self):
        super().setUp()
        self.Refund = self.env["nu.pos.refund"].with_user(self.ref("user_manager"))

    def refund(self, answer, **wire):
        body = self.Refund.submit(str(answer["order_id"]), wire).body
        self.env.invalidate_all()
        return body

    def assertRefused(self, code, answer, **wire):
        return self.assertProblem(
            code, self.Refund.submit, str(answer["order_id"]), wire
        )


@tagged("post_install", "-at_install")
class TestRefund(RefundCase):
    def test_whole_return_gives_the_note_and_the_money_back(self):
        sale = self.finalize()
        back = self.refund(sale, reason="cold soup")
        self.assertTrue(back["created"])
        self.assertEqual(back["amount_total"], -640.0)
        self.assertEqual((back["amount_itbis"], back["amount_tip"]), (-90.0, -50.0))
        self.assertRegex(back["fiscal"]["reference"], r"^B04\d{8}$")
        self.assertEqual(back["original"]["fiscal"], sale["fiscal"])
        self.assertEqual(
            [(row["type"], row["amount"]) for row in back["payments"]],
            [("cash", -640.0)],
        )
        order = self.env["pos.order"].browse(back["refund_id"])
        self.assertEqual(order.refunded_order_id.id, sale["order_id"])
        self.assertEqual(order.state, "paid")
        self.assertEqual(order.nu_ncf_id.kind, "credit_note")
        self.assertEqual(order.nu_ncf_id.state, "issued")
        self.assertInvariant()

    def test_repeat_of_a_return_changes_nothing(self):
        sale = self.finalize()
        first = self.refund(sale, pos_reference="RF/1")
        again = self.refund(sale, pos_reference="RF/1")
        self.assertFalse(again["created"])
        self.assertEqual(first["fiscal"], again["fiscal"])
        unnamed = self.finalize()
        first, again = self.refund(unnamed), self.refund(unnamed)
        self.assertEqual(first["refund_id"], again["refund_id"])

    def test_name_of_a_return_is_used_once(self):
        sale = self.finalize(self.snapshot(self.line(qty=3)))
        line = sale["line_id_map"].popitem()[0]
        self.refund(sale, pos_reference="RF/2", lines=[{"id": line, "qty": 1}])
        self.assertRefused(
            "IDEMPOTENCY_MISMATCH",
            sale,
            pos_reference="RF/2",
            lines=[{"id": line, "qty": 2}],
        )

    def test_parts_add_up_to_the_original_to_the_cent(self):
        snapshot = self.snapshot(self.line(id="a", qty=3, price=33.33, discount=7))
        draft = dict(snapshot, pos_reference=self.reference())
        draft.pop("payments")
        draft.pop("amount_total")
        total = self.Order._nu_submit(draft, finalize=False).body["amount_total"]
        snapshot.update(
            amount_total=total,
            payments=[{"payment_method_id": self.cash.id, "amount": total}],
        )
        sale = self.finalize(snapshot)
        parts = [
            self.refund(
                sale, pos_reference=f"RF/part/{part}", lines=[{"id": "a", "qty": 1}]
            )
            for part in range(3)
        ]
        for name in ("amount_total", "amount_tax", "amount_itbis", "amount_tip"):
            self.assertAlmostEqual(
                sum(part[name] for part in parts), -sale[name], places=2, msg=name
            )
        self.assertRefused("CONFLICT", sale, pos_reference="RF/part/4")

    def test_no_more_than_is_left_of_a_line(self):
        sale = self.finalize(self.snapshot(self.line(id="a", qty=2)))
        self.refund(sale, lines=[{"id": "a", "qty": 1}])
        problem = self.assertRefused(
            "VALIDATION",
            sale,
            pos_reference="RF/more",
            lines=[{"id": "a", "qty": 2}],
        )
        self.assertEqual(problem.errors[0]["path"], "lines[0].qty")
        self.assertEqual(problem.errors[0]["expected"], "at most 1")

    def test_lines_of_other_orders_are_unknown(self):
        sale, other = self.finalize(), self.finalize()
        line = list(other["line_id_map"].values())[0]
        self.assertRefused("UNKNOWN_REFERENCE", sale, lines=[{"line_id": line}])

    def test_a_line_is_named_once(self):
        sale = self.finalize(self.snapshot(self.line(id="a", qty=2)))
        rows = [{"id": "a", "qty": 1}, {"id": "a", "qty": 1}]
        self.assertRefused("VALIDATION", sale, lines=rows)

    def test_money_goes_back_the_way_it_came(self):
        sale = self.finalize(
            self.snapshot(
                self.line(id="a", qty=2),
                payments=[
                    {"payment_method_id": self.card.id, "amount": 1000.0},
                    {"payment_method_id": self.cash.id, "amount": 500.0},
                ],
            )
        )
        first = self.refund(sale, lines=[{"id": "a", "qty": 1}])
        second = self.refund(sale, pos_reference="RF/rest")
        given = {}
        for row in first["payments"] + second["payments"]:
            given[row["type"]] = given.get(row["type"], 0) + row["amount"]
        self.assertEqual(given, {"card": -1000.0, "cash": -280.0})

    def test_money_given_back_must_be_the_total(self):
        sale = self.finalize()
        self.assertRefused(
            "TOTALS_MISMATCH",
            sale,
            payments=[{"payment_method_id": self.cash.id, "amount": 600.0}],
        )
        back = self.refund(
            sale, payments=[{"payment_method_id": self.card.id, "amount": 640.0}]
        )
        self.assertEqual(back["payments"][0]["type"], "card")

    def test_a_return_is_not_returned(self):
        back = self.refund(self.finalize())
        self.assertRefused("CONFLICT", {"order_id": back["refund_id"]})

    def test_a_draft_is_cancelled_not_returned(self):
        draft = self.Order._nu_submit(self.draft(), finalize=False).body
        self.assertRefused("CONFLICT", draft)

    def test_without_open_session_nothing_comes_back(self):
        sale = self.finalize()
        self.config.current_session_id.sudo().state = "closing_control"
        self.assertRefused("SESSION_CLOSED", sale)

    def test_invoiced_sale_gets_a_credit_note_in_the_books(self):
        sale = self.finalize(self.snapshot(fiscal_type="B01", partner_id=self.buyer.id))
        back = self.refund(sale)
        order = self.env["pos.order"].browse(back["refund_id"])
        self.assertEqual(order.account_move.move_type, "out_refund")
        self.assertEqual(
            order.account_move.reversed_entry_id,
            self.env["pos.order"].browse(sale["order_id"]).account_move,
        )
        self.assertEqual(order.account_move.nu_ncf, back["fiscal"]["reference"])
        self.assertEqual(order.account_move.amount_total, 640.0)

    def test_electronic_sale_gets_an_electronic_note(self):
        sale = self.finalize(self.snapshot(fiscal_type="E32"))
        back = self.refund(sale)
        self.assertRegex(back["fiscal"]["reference"], r"^E34\d{10}$")
        self.assertTrue(back["fiscal"]["security_code"])
        ecf = self.env["nu.pos.ecf"].search(
            [("name", "=", back["fiscal"]["reference"])]
        )
        document = build.parse_ecf(ecf._xml_bytes())
        self.assertEqual(document.reference.ncf, sale["fiscal"]["reference"])
        self.assertEqual(document.reference.code, Change.ANNULS)
        self.assertEqual(document.note_indicator, 0)

    def test_part_of_an_electronic_sale_corrects_amounts(self):
        sale = self.finalize(self.snapshot(self.line(id="a", qty=2), fiscal_type="E32"))
        back = self.refund(sale, lines=[{"id": "a", "qty": 1}])
        ecf = self.env["nu.pos.ecf"].search(
            [("name", "=", back["fiscal"]["reference"])]
        )
        document = build.parse_ecf(ecf._xml_bytes())
        self.assertEqual(document.reference.code, Change.CORRECTS_AMOUNTS)
        self.assertEqual(float(document.totals.total), 640.0)

    def test_paper_sale_gets_an_electronic_note_after_the_switch(self):
        sale = self.finalize()
        self.company.nu_ecf_start = fields.Date.today().replace(year=2020)
        back = self.refund(sale)
        self.assertRegex(back["fiscal"]["reference"], r"^E34")

    def test_missing_range_of_notes_gives_nothing_back(self):
        sale = self.finalize()
        self.env["nu.pos.ncf.range"].search(
            [("document_type_id", "=", self.type("B04").id)]
        ).action_close()
        self.assertRefused("NCF_NO_RANGE", sale)
        order = self.env["pos.order"].browse(sale["order_id"])
        self.assertFalse(order.refund_orders_count)

    def test_closing_books_sale_and_return(self):
        session = self.config.current_session_id
        before = session.cash_register_balance_start
        self.refund(self.finalize(self.snapshot(self.line(id="a", qty=2))))
        session.post_closing_cash_details(before)
        session.update_closing_control_state_session("")
        result = session.close_session_from_ui()
        self.assertTrue(result["successful"], result)

    def test_return_from_the_order_form_is_numbered_when_it_is_paid(self):
        order = self.order_of(self.finalize())
        order = order.with_user(self.ref("user_manager"))
        back = self.env["pos.order"].browse(order.refund()["res_id"])
        wizard = (
            self.env["pos.make.payment"]
            .with_user(self.ref("user_manager"))
            .with_context(active_id=back.id, active_ids=back.ids)
            .create({"payment_method_id": self.cash.id, "amount": -640.0})
        )
        wizard.check()
        self.env.invalidate_all()
        self.assertEqual(back.state, "paid")
        self.assertRegex(back.nu_ncf, r"^B04\d{8}$")
        self.assertEqual(back.nu_ncf_id.state, "issued")
        self.assertEqual((back.nu_amount_itbis, back.nu_amount_tip), (-90.0, -50.0))


@tagged("post_install", "-at_install")
class TestCancel(RefundCase):
    def cancel(self, answer, **wire):
        wire.setdefault("reason", "mistake")
        body = self.Refund.cancel(str(answer["order_id"]), wire).body
        self.env.invalidate_all()
        return body

    def test_draft_is_cancelled(self):
        draft = self.Order._nu_submit(self.draft(), finalize=False).body
        body = self.cancel(draft)
        self.assertEqual((body["resolution"], body["state"]), ("cancel", "cancelled"))
        self.assertEqual(self.cancel(draft)["state"], "cancelled", "a repeat")

    def test_paid_order_is_given_back(self):
        body = self.cancel(self.finalize())
        self.assertEqual(body["resolution"], "refund")
        self.assertRegex(body["fiscal"]["reference"], r"^B04")

    def test_receipt_that_never_left_the_house_is_annulled(self):
        sale = self.finalize()
        body = self.cancel(sale, delivered=False, reason_code="06")
        self.assertIsNone(body["fiscal"], "no note for what nobody has")
        ncf = self.order_of(sale).nu_ncf_id
        self.assertEqual((ncf.state, ncf.void_reason), ("voided", "06"))
        self.assertInvariant()

    def test_annulled_invoice_does_not_block_the_closing(self):
        session = self.config.current_session_id
        before = session.cash_register_balance_start
        self.config.nu_invoice_policy = "always"
        self.cancel(self.finalize(), delivered=False)
        session.post_closing_cash_details(before)
        session.update_closing_control_state_session("")
        result = session.close_session_from_ui()
        self.assertTrue(result["successful"], result)

    def test_electronic_receipt_is_cancelled_by_a_note_only(self):
        sale = self.finalize(self.snapshot(fiscal_type="E32"))
        wire = {"reason": "x", "delivered": False}
        self.assertProblem("CONFLICT", self.Refund.cancel, str(sale["order_id"]), wire)


@tagged("post_install", "-at_install")
class TestRefundOverHttp(GatewayCase):
    def sell(self, **values):
        return self.assertDone(self.call("hub/finalize", self.snapshot(**values)))

    @succeeds("POST orders/{ref}/cancel")
    def test_draft_and_sale_are_cancelled(self):
        draft = self.assertDone(self.call("orders/create", self.draft()), 201)
        path = f"orders/{draft['order_id']}/cancel"
        body = self.assertDone(self.call(path, {"reason": "mistake"}))
        self.assertEqual((body["resolution"], body["state"]), ("cancel", "cancelled"))
        sale = self.sell()
        path = f"orders/{sale['order_id']}/cancel"
        body = self.assertDone(self.call(path, {"reason": "mistake"}), 201)
        self.assertEqual(body["resolution"], "refund")
        self.assertRegex(body["fiscal"]["reference"], r"^B04\d{8}$")
        self.assertEqual(self.order_of(sale).refund_orders_count, 1)

    @succeeds("POST orders/{ref}/refunds", "GET refunds", "GET refunds/{ref}")
    def test_return_is_listed_with_both_numbers(self):
        sale = self.sell()
        back = self.assertDone(
            self.call(f"orders/{sale['order_id']}/refunds", {"reason": "cold"}), 201
        )
        _status, page, _response = self.call("refunds", method="GET")
        self.assertEqual(page["data"][0]["id"], back["refund_id"])
        _status, one, _response = self.call(
            f"refunds/{back['refund_id']}", method="GET"
        )
        self.assertEqual(
            one["data"]["original"]["fiscal"]["reference"],
            sale["fiscal"]["reference"],
        )
        self.assertEqual(
            one["data"]["fiscal"]["reference"], back["fiscal"]["reference"]
        )
        status, _body, _response = self.call(
            f"refunds/{sale['order_id']}", method="GET"
        )
        self.assertEqual(status, 404)

    @succeeds("POST orders/credit-note")
    def test_credit_note_of_the_older_contract(self):
        sale = self.sell()
        body = {"pos_reference": sale["pos_reference"]}
        note = self.assertDone(self.call("orders/credit-note", body), 201)
        self.assertTrue(note["success"])
        self.assertEqual(
            note["lines"],
            [
                {
                    "product_name": note["lines"][0]["product_name"],
                    "quantity": 1.0,
                    "price_unit": 500.0,
                    "is_voided": False,
                }
            ],
        )
        again = self.assertDone(self.call("orders/credit-note", body))
        self.assertEqual(again["credit_note_id"], note["credit_note_id"])

    def test_order_with_a_note_gets_no_other(self):
        sale = self.sell(lines=[self.line(id="a", qty=2)], total=1280.0)
        self.assertDone(
            self.call(
                f"orders/{sale['order_id']}/refunds", {"lines": [{"id": "a", "qty": 1}]}
            ),
            201,
        )
        status, body, _response = self.call(
            "orders/credit-note", {"pos_reference": sale["pos_reference"]}
        )
        self.assertEqual((status, body["code"]), (409, "CONFLICT"))

    def test_unknown_order(self):
        status, body, _response = self.call("orders/2000000000/refunds", {})
        self.assertEqual((status, body["code"]), (404, "NOT_FOUND"))
