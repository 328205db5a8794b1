from unittest.mock import patch

from ..common import FiscalCase


class TestOrderDraft(FiscalCase):
    def submit(self, body, **values):
        answer = self.Order._nu_submit({**body, **values}, finalize=False)
        self.env.invalidate_all()
        return answer

    def test_a_draft_is_created_then_updated_never_doubled(self):
        body = self.draft(self.line(id="a"), self.line(id="b"))
        first = self.submit(body)
        self.assertEqual((first.status, first.body["created"]), (201, True))
        second = self.submit(body)
        self.assertEqual((second.status, second.body["created"]), (200, False))
        self.assertEqual(first.body["order_id"], second.body["order_id"])
        self.assertEqual(first.body["line_id_map"], second.body["line_id_map"])
        self.assertEqual(second.body["version"], 2)
        self.assertIsNone(second.body["fiscal"])

    def test_lines_follow_the_clients_ids(self):
        body = self.draft(self.line(id="a"), self.line(id="b"))
        before = self.submit(body).body["line_id_map"]
        lines = [self.line(id="b", qty=3), self.line(id="c")]
        after = self.submit({**body, "lines": lines, "amount_total": 2560.0}).body
        self.assertEqual(after["line_id_map"]["b"], before["b"])
        self.assertEqual(set(after["line_id_map"]), {"b", "c"})
        order = self.order_of(after)
        self.assertEqual(sum(order.lines.mapped("qty")), 4)
        self.assertEqual(order.amount_total, 2560.0)

    def test_lines_that_are_as_they_were_are_not_written_again(self):
        lines = [
            self.line(id=name, note="sin sal", metadata={"seat": 1})
            for name in ("a", "b", "c")
        ]
        body = {**self.draft(*lines), "amount_total": 1920.0}
        self.submit(body)
        written = []
        write = type(self.env["pos.order.line"]).write

        def watch(records, vals):
            written.append((records.nu_client_id, set(vals)))
            return write(records, vals)

        lines[1] = {**lines[1], "note": "con sal"}
        with patch.object(type(self.env["pos.order.line"]), "write", watch):
            answer = self.submit({**body, "lines": lines})
        self.assertEqual(written, [("b", {"note"})])
        self.assertEqual(answer.body["version"], 2)
        self.assertEqual(
            self.order_of(answer.body).lines.sorted("id").mapped("note"),
            ["sin sal", "con sal", "sin sal"],
        )

    def test_two_checks_on_one_table_stay_two_orders(self):
        table = self.ref("table_5")
        answers = [
            self.submit(self.draft(table_id=table.id, check_alias=alias)).body
            for alias in ("A", "B")
        ]
        orders = self.env["pos.order"].browse([a["order_id"] for a in answers])
        self.assertEqual(len(orders), 2)
        self.assertEqual(orders.table_id, table)
        self.assertEqual(orders.mapped("state"), ["draft", "draft"])

    def test_payments_on_a_draft_are_not_lost_silently(self):
        problem = self.assertProblem("VALIDATION", self.submit, self.snapshot())
        self.assertEqual(problem.errors[0]["path"], "payments")

    def test_modes_are_stored(self):
        for mode, qty in (("order", 1), ("return", -1), ("payment", 1)):
            body = self.draft(self.line(qty=qty), mode=mode, total=0)
            self.assertEqual(self.order_of(self.submit(body).body).nu_mode, mode)

    def test_goods_come_back_only_in_return_mode(self):
        body = self.draft(self.line(qty=-1), total=0)
        problem = self.assertProblem("VALIDATION", self.submit, body)
        self.assertEqual(problem.errors[0]["path"], "lines[0].qty")
        self.assertFalse(
            self.Order._nu_by_reference(self.company, body["pos_reference"])
        )

    def test_kitchen_status_walks_open_sent_changed_paid(self):
        body = self.draft(self.line(id="a"))
        self.assertEqual(self.submit(body).body["kitchen_status"], "open")
        sent = self.submit(body, kitchen_status="sent").body
        self.assertEqual(sent["kitchen_status"], "sent")
        same = self.submit(body).body
        self.assertEqual(same["kitchen_status"], "sent", "nothing was edited")
        edited = {**body, "lines": [self.line(id="a", qty=2)], "amount_total": 1280.0}
        self.assertEqual(self.submit(edited).body["kitchen_status"], "changed")
        again = self.submit(edited, kitchen_status="sent").body
        self.assertEqual(again["kitchen_status"], "sent")
        paid = self.finalize(
            {
                **edited,
                "payments": [{"payment_method_id": self.cash.id, "amount": 1280.0}],
            }
        )
        self.assertEqual(paid["kitchen_status"], "paid")

    def test_a_stale_version_is_refused_with_the_current_state(self):
        body = self.draft()
        self.submit(body)
        self.submit(body, base_version=1)
        problem = self.assertProblem("CONFLICT", self.submit, body, base_version=1)
        self.assertEqual(problem.extra["current"]["version"], 2)
        self.assertEqual(self.order_of(problem.extra["current"]).nu_version, 2)

    def test_a_late_draft_changes_nothing_on_a_paid_order(self):
        snapshot = self.snapshot()
        paid = self.finalize(snapshot)
        late = {**snapshot, "lines": [self.line(qty=9)], "amount_total": 1.0}
        late.pop("payments")
        answer = self.submit(late)
        self.assertEqual(
            (answer.body["state"], answer.body["created"]), ("paid", False)
        )
        self.assertEqual(self.order_of(paid).amount_total, 640.0)
        self.assertEqual(answer.body["fiscal"], paid["fiscal"])

    def test_voided_lines_stay_known_and_count_for_nothing(self):
        body = self.draft(self.line(id="a"), self.line(id="b", is_voided=True))
        body["amount_total"] = 640.0
        order = self.order_of(self.submit(body).body)
        voided = order.lines.filtered("nu_is_voided")
        self.assertEqual((voided.nu_voided_qty, voided.qty), (1, 0))
        self.assertEqual(order.amount_total, 640.0)
        kept = {**body, "lines": [self.line(id="a")]}
        self.submit(kept)
        self.assertTrue(voided.exists(), "a void is evidence")

    def test_every_wrong_reference_is_named_with_its_path(self):
        body = self.draft(
            self.line(), {"product": "NADA", "qty": 1}, table_id=987654, total=0
        )
        body["lines"][0]["tax_ids"] = [987654]
        problem = self.assertProblem("UNKNOWN_REFERENCE", self.submit, body)
        self.assertEqual(
            {error["path"] for error in problem.errors},
            {"table_id", "lines[1].product", "lines[0].tax_ids[0]"},
        )

    def test_products_by_code_barcode_name_and_object(self):
        for ref in (
            "D001",
            self.dish.barcode,
            self.dish.name,
            {"code": "D001"},
            {"id": self.dish.id},
        ):
            body = self.draft(
                {"product": ref, "qty": 1, "price_unit": 500.0}, total=640
            )
            order = self.order_of(self.submit(body).body)
            self.assertEqual(order.lines.product_id, self.dish, ref)

    def test_an_ambiguous_reference_lists_its_candidates(self):
        twin = self.dish.copy({"name": self.dish.name, "default_code": "X"})
        body = self.draft({"product": self.dish.name, "qty": 1}, total=0)
        problem = self.assertProblem("AMBIGUOUS_REFERENCE", self.submit, body)
        self.assertIn(str(twin.id), problem.errors[0]["message"])

    def test_a_takeout_order_has_no_table(self):
        body = self.draft(
            order_type="takeout", table_id=self.ref("table_1").id, total=0
        )
        problem = self.assertProblem("VALIDATION", self.submit, body)
        self.assertEqual(problem.errors[0]["path"], "table_id")

    def test_a_register_without_session_refuses(self):
        other = self.second_register()
        other.current_session_id.state = "closing_control"
        body = self.draft(config_id=other.id)
        self.assertProblem("SESSION_CLOSED", self.submit, body)

    def test_an_order_of_a_closed_session_goes_to_the_open_one(self):
        closed = self.env["pos.session"].create(
            {"config_id": self.config.id, "rescue": True}
        )
        closed.state = "closed"
        order = self.order_of(self.submit(self.draft(session_id=closed.id)).body)
        self.assertEqual(order.session_id, self.ref("pos_session"))

    def test_cancel_gives_the_number_back(self):
        body = self.draft()
        self.submit(body)
        reserved = self.Order._nu_reserve(
            {"pos_reference": body["pos_reference"], "config_id": self.config.id}
        ).body
        answer = self.submit(body, step="cancel")
        self.assertEqual(answer.body["state"], "cancelled")
        ncf = self.Ncf.search([("name", "=", reserved["fiscal"]["reference"])])
        self.assertEqual(ncf.state, "released")
        self.assertProblem("ORDER_CANCELLED", self.submit, body)

    def test_pos_reference_is_unique_in_a_company(self):
        from psycopg2.errors import UniqueViolation

        from odoo.tools import mute_logger

        order = self.order_of(self.submit(self.draft()).body)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            order.copy({"pos_reference": order.pos_reference})

    def test_each_accepted_write_leaves_an_audit_row(self):
        body = self.draft()
        self.submit(body)
        self.submit(body)
        rows = self.env["nu_restaurant_pos.order_audit"].search(
            [("pos_reference", "=", body["pos_reference"])], order="id"
        )
        self.assertEqual(rows.mapped("event"), ["create", "update"])
