"""Every hook of core we lean on, reached through core: these fail when core stops
calling it."""

from unittest.mock import patch

from ..common import FiscalCase


class TestCoreHooks(FiscalCase):
    def test_a_screens_sale_waits_for_no_sequence(self):
        config = self.config
        sequences = config.order_seq_id | config.order_line_seq_id
        drawn = [sequence.number_next_actual for sequence in sequences]
        order = self.sync(self.screen_order())
        self.assertEqual(drawn, [sequence.number_next_actual for sequence in sequences])
        self.assertTrue(order.sequence_number)
        self.assertEqual(order.lines.name, f"{order.pos_reference}/1")

    def test_closing_stops_sales_first(self):
        session = self.config.current_session_id
        model = self.env.registry["pos.session"]
        with (
            patch.object(model, "_nu_stop_sales", side_effect=StopIteration) as stop,
            self.assertRaises(StopIteration),
        ):
            session.close_session_from_ui()
        self.assertEqual(stop.call_count, 1)

    def test_a_hubs_sale_is_refunded_in_odoo(self):
        line = self.line(discount=10, id="one")
        answer = self.finalize(self.snapshot(line, total=547.2, check_discount=5))
        order = self.order_of(answer)
        manager = self.ref("user_manager")
        action = order.with_user(manager).refund()
        refund = order.browse(action["res_id"])
        self.assertEqual(refund.amount_total, -order.amount_total)
        self.assertFalse(refund.nu_ncf_id or refund.nu_amount_itbis)

    def test_a_sale_of_odoos_screen_is_numbered(self):
        order = self.sync(self.screen_order())
        self.assertEqual(order.state, "paid")
        self.assertRegex(order.nu_ncf, r"^B02\d{8}$")
        self.assertEqual(order.nu_ncf_id.state, "issued")
        self.assertEqual(order.nu_ncf_id.order_id, order)
        self.assertInvariant()

    def test_a_draft_of_odoos_screen_takes_no_number(self):
        values = self.screen_order("draft")
        order = self.sync(values)
        self.assertFalse(self.Ncf._live(self.company, order.pos_reference))

    def test_a_repeated_sync_keeps_the_number(self):
        values = self.screen_order()
        first = self.sync(dict(values)).nu_ncf
        self.assertEqual(self.sync(dict(values)).nu_ncf, first)
        self.assertInvariant()

    def test_a_register_without_default_type_numbers_nothing_on_the_screen(self):
        self.allow_unnumbered()
        self.assertFalse(self.sync(self.screen_order()).nu_ncf_id)

    def test_a_browser_cannot_choose_a_number(self):
        taken = self.order_of(self.finalize())
        values = self.screen_order(nu_ncf_id=taken.nu_ncf_id.id, nu_version=9)
        order = self.sync(values)
        self.assertNotEqual(order.nu_ncf_id, taken.nu_ncf_id)
        self.assertEqual(order.nu_version, 0)

    def test_an_identified_sale_of_the_screen_needs_its_rnc(self):
        customer = self.env["res.partner"].create(
            {"name": "Sin RNC", "nu_document_type_id": self.type("B01").id}
        )
        values = self.screen_order(partner_id=customer.id)
        self.assertProblem("RNC_REQUIRED", self.sync, values)

    def test_refusals_are_in_the_language_of_the_cashier(self):
        customer = self.env["res.partner"].create(
            {"name": "Sin RNC", "nu_document_type_id": self.type("B01").id}
        )
        cashier = self.ref("user_cashier")
        self.Order = self.Order.with_user(cashier).with_context(lang="es_DO")
        problem = self.assertProblem(
            "RNC_REQUIRED", self.sync, self.screen_order(partner_id=customer.id)
        )
        self.assertIn("Sin RNC necesita un RNC o cédula", problem.detail)
        ranges = self.env["nu.pos.ncf.range"].search(
            [("document_type_id", "=", self.type("B02").id)]
        )
        ranges.action_close()
        self.env.invalidate_all()
        problem = self.assertProblem("NCF_NO_RANGE", self.sync, self.screen_order())
        self.assertEqual(problem.detail, "No hay secuencia autorizada de B02.")

    def test_no_pdf_decides_over_a_sale_nor_is_stored_before_it_is_signed(self):
        Send = type(self.env["account.move.send"])
        with patch.object(Send, "_generate_and_send_invoices") as sent:
            order = self.sync(
                self.screen_order(to_invoice=True, partner_id=self.buyer.id)
            )
        sent.assert_not_called()
        self.assertTrue(order.account_move)
        self.assertFalse(order.account_move.invoice_pdf_report_file)
        self.assertTrue(order.account_move.sending_data, "Odoo's own job sends it")

    def test_the_invoice_of_the_screen_carries_the_number(self):
        values = self.screen_order(partner_id=self.buyer.id, to_invoice=True)
        order = self.sync(values)
        self.assertEqual(order.account_move.nu_ncf, order.nu_ncf)

    def test_a_refund_on_the_screen_is_a_credit_note(self):
        sale = self.sync(self.screen_order())
        refund = self.sync(self.screen_refund(sale))
        self.assertRegex(refund.nu_ncf, r"^B04\d{8}$")
        self.assertEqual(refund.nu_ncf_id.kind, "credit_note")

    def test_a_draft_of_the_screen_never_swallows_a_hubs_check(self):
        table = self.ref("table_3")
        hub = self.order_of(
            self.Order._nu_submit(self.draft(table_id=table.id), finalize=False).body
        )
        values = self.screen_order("draft", table_id=table.id)
        screen = self.sync(values)
        self.assertEqual(len(screen), 1)
        self.assertNotEqual(screen, hub)
        self.assertEqual(hub.amount_total, 640.0)
        self.assertEqual(hub.lines.mapped("qty"), [1.0])

    def test_a_hubs_draft_taken_over_is_found_by_its_uuid(self):
        hub = self.order_of(
            self.Order._nu_submit(
                self.draft(table_id=self.ref("table_4").id), finalize=False
            ).body
        )
        hub.with_user(self.ref("user_manager")).action_nu_take_over()
        values = self.screen_order(
            "draft",
            uuid=hub.uuid,
            table_id=hub.table_id.id,
            pos_reference=hub.pos_reference,
            lines=[],
            customer_count=7,
        )
        self.assertEqual(self.sync(values), hub)
        self.assertEqual(hub.customer_count, 7)

    def test_a_hubs_draft_taken_over_and_paid_is_numbered_and_told(self):
        snapshot = self.snapshot()
        draft = {**snapshot}
        draft.pop("payments")
        hub = self.order_of(self.Order._nu_submit(draft, finalize=False).body)
        hub.with_user(self.ref("user_manager")).action_nu_take_over()
        values = self.screen_order(
            uuid=hub.uuid, pos_reference=hub.pos_reference, lines=[]
        )
        order = self.sync(values)
        self.assertEqual((order, order.nu_ncf_id.state), (hub, "issued"))
        self.assertProblem("ORDER_PAID", self.finalize, snapshot)

    def test_core_names_a_hubs_order_after_its_whole_last_part(self):
        reference = f"NU/CFG1/S42/{self.reference()[-8:]}-3f7a"
        order = self.order_of(self.finalize(pos_reference=reference))
        self.assertTrue(order.name.endswith(reference.rsplit("/", 1)[-1]), order.name)

    def test_closing_books_what_the_hub_sold(self):
        session = self.config.current_session_id
        before = session.cash_register_balance_start
        answer = self.finalize()
        session.post_closing_cash_details(before + 640.0)
        session.update_closing_control_state_session("")
        result = session.close_session_from_ui()
        self.assertTrue(result["successful"], result)
        order = self.order_of(answer)
        self.assertEqual(order.state, "done")
        tip = session.move_id.line_ids.filtered(lambda ln: ln.tax_line_id.nu_is_tip)
        self.assertEqual(tip.credit, 50.0)
