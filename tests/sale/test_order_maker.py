"""New orders are made by ``OrderMaker``, all at once. Core would have made
them one by one with ``_process_order``: nobody may be able to tell the difference."""

from unittest.mock import patch

from ...models.sale.order_maker import OrderMaker
from ..common import FiscalCase

#: What two sales of the same thing may differ in.
OWN = {
    "id",
    "uuid",
    "access_token",
    "create_date",
    "write_date",
    "date_order",
    "payment_date",
    # who flushes: the user of the transaction, in a test that of the test
    "write_uid",
    "pos_reference",
    "name",
    "tracking_number",
    "sequence_number",
    "nu_fingerprint",
    # links to rows of their own
    "nu_ncf_id",
    "nu_ncf",
    "account_move",
    "order_id",
    "pos_order_id",
    "account_move_id",
    "picking_id",
    "pos_session_id",
    "origin",
}


class TestOrderMaker(FiscalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.config.nu_invoice_policy = "identified"
        cls.Maker = OrderMaker

    def rows(self, query, order):
        self.env.flush_all()
        self.env.cr.execute(query, [order.id])
        return [
            {name: bool(value) if name in OWN else value for name, value in row.items()}
            for row in self.env.cr.dictfetchall()
        ]

    def stored(self, order):
        """Every column of the order and of what hangs on it."""
        invoice = order.account_move
        return {
            "order": self.rows("SELECT * FROM pos_order WHERE id = %s", order),
            "lines": self.rows(
                "SELECT * FROM pos_order_line WHERE order_id = %s ORDER BY id", order
            ),
            "taxes": order.lines.mapped(lambda line: line.tax_ids.ids),
            "payments": self.rows(
                "SELECT * FROM pos_payment WHERE pos_order_id = %s ORDER BY id", order
            ),
            "number": (
                order.nu_ncf_id.state,
                order.nu_ncf_id.order_id == order,
                order.nu_ncf_id.amount_total,
                bool(order.nu_ncf_id.date_issued),
                order.nu_ncf_id.date_issued_day,
            ),
            "invoice": (
                invoice.state,
                invoice.payment_state,
                invoice.partner_id.id,
                invoice.nu_ncf == order.nu_ncf,
                [
                    (line.account_id.id, line.balance, line.tax_line_id.id)
                    for line in invoice.line_ids
                ],
                order.payment_ids.account_move_id.mapped("state"),
            ),
            "moves": [
                (move.product_id.id, move.product_qty, move.state)
                for move in order.picking_ids.move_ids
            ],
            "messages": len(order.message_ids),
            "followers": len(order.message_follower_ids),
            "audit": self.env["nu_restaurant_pos.order_audit"]
            .search([("order_res_id", "=", order.id)])
            .mapped("event"),
        }

    def assertSame(self, finalize=True, **values):
        """The order is the same whether core or we make it; alone and among others."""
        lines = values.pop("lines", None) or [self.line()]
        for index, line in enumerate(lines):
            line["id"] = f"line-{index}"
        calls = []
        make_by_core = self.Maker._make_by_core

        def counted(*args):
            calls.append(args)
            return make_by_core(*args)

        def sell(**more):
            body = {**self.snapshot(*lines, **values), **more}
            if not finalize:
                del body["payments"]
            answer = self.Order._nu_submit(body, finalize=finalize).body
            self.env.invalidate_all()
            return self.order_of(answer)

        with patch.object(self.Maker, "_make_by_core", counted):
            ours = self.stored(sell())
            self.assertFalse(calls)
            with patch.object(self.Maker, "_core_is_plain", lambda *_args: False):
                order = sell()
            self.assertTrue(calls)
            core = self.stored(order)
            calls.clear()
            bodies = [self.snapshot(*lines, **values) for _index in range(3)]
            if not finalize:
                for body in bodies:
                    del body["payments"]
            batch = self.env["nu.pos.batch"].with_user(self.hub)
            answer = batch.sync({"orders": bodies})
            self.env.invalidate_all()
            self.assertEqual(answer.status, 200, answer.body)
            self.assertFalse(calls)
        self.maxDiff = None
        self.assertEqual(ours, core)
        for result in answer.body["results"]:
            self.assertEqual(self.stored(self.order_of(result)), core)
        self.assertInvariant()
        return order

    def test_a_consumers_sale_paid_exactly(self):
        order = self.assertSame()
        self.assertEqual((order.state, order.amount_paid), ("paid", 640.0))

    def test_a_sale_with_change(self):
        order = self.assertSame(pay=1000.0)
        self.assertEqual((order.amount_paid, order.amount_return), (640.0, 360.0))
        self.assertEqual(order.payment_ids.mapped("is_change"), [True, False])

    def test_change_where_cash_is_rounded(self):
        self.config.write(
            {
                "cash_rounding": True,
                "rounding_method": self.env["account.cash.rounding"]
                .create(
                    {
                        "name": "Pesos",
                        "rounding": 1.0,
                        "strategy": "add_invoice_line",
                        "rounding_method": "HALF-UP",
                        "profit_account_id": self.env["account.account"]
                        .search([("account_type", "=", "income")], limit=1)
                        .id,
                        "loss_account_id": self.env["account.account"]
                        .search([("account_type", "=", "expense")], limit=1)
                        .id,
                    }
                )
                .id,
            }
        )
        line = self.line(price=99.9)
        self.assertSame(lines=[dict(line)], total=127.87, pay=200.0)
        self.assertSame(lines=[dict(line)], total=127.87, pay=128.0)

    def test_an_identified_buyer_with_his_invoice(self):
        order = self.assertSame(fiscal_type="B01", partner_id=self.buyer.id)
        self.assertEqual(order.state, "done")
        self.assertEqual(order.account_move.payment_state, "paid")

    def test_several_payments_lines_and_discounts(self):
        self.assertSame(
            lines=[
                self.line(qty=2, discount=10),
                self.line(self.exempt, price=100.0, note="sin sal"),
                self.line(qty=1, is_voided=True),
            ],
            total=1198.9,
            check_discount=5,
            payments=[
                {
                    "payment_method_id": self.card.id,
                    "amount": 400.0,
                    "transaction_id": "t-1",
                    "card_no": "4242",
                },
                {"payment_method_id": self.cash.id, "amount": 2000.0},
            ],
        )

    def test_a_sale_on_account(self):
        self.assertSame(
            partner_id=self.ref("partner_credit").id,
            payments=[{"payment_method_id": self.credit.id, "amount": 640.0}],
        )

    def test_take_away_of_an_employee(self):
        employee = self.env["hr.employee"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        self.assertSame(
            order_type="takeout",
            total=590.0,
            employee_id=employee.id,
            guest_count=3,
            metadata={"a": [1]},
            note="apurado",
        )

    def test_a_draft(self):
        order = self.assertSame(
            finalize=False, table_id=self.ref("table_3").id, kitchen_status="sent"
        )
        self.assertEqual((order.state, order.nu_kitchen_status), ("draft", "sent"))

    def test_what_stock_costs(self):
        self.dish.with_company(self.company).standard_price = 123.45
        order = self.assertSame()
        self.assertEqual(order.lines.total_cost, 123.45)
        self.assertTrue(order.lines.is_total_cost_computed)

    def test_what_is_valued_by_its_moves_waits_for_them(self):
        dish = self.dish.with_company(self.company)
        dish.categ_id = self.env["product.category"].create({"name": "Bodega"})
        dish.categ_id.property_cost_method = "fifo"
        dish.write({"is_storable": True, "standard_price": 80.0})
        order = self.assertSame()
        self.assertFalse(order.lines.is_total_cost_computed)

    def test_stock_that_moves_at_once(self):
        self.config.current_session_id.update_stock_at_closing = False
        self.dish.is_storable = True
        order = self.assertSame()
        self.assertEqual(order.picking_ids.state, "done")

    def test_an_addon_that_extends_core_is_not_left_out(self):
        cls = type(self.env["pos.order"])
        for name in ("_process_order", "_process_payment_lines"):
            seen = []
            addon = self.addon(name, self.watched(getattr(cls, name), seen))
            with self.extended(cls, addon):
                order = self.order_of(self.finalize())
            self.assertEqual((len(seen), order.state), (1, "paid"), name)

    def watched(self, original, seen):
        def extended(records, *args):
            seen.append(args)
            return original(records, *args)

        return extended

    def addon(self, name, method):
        return type("Addon", (), {"_module": "some_addon", name: method})

    def test_an_addon_that_costs_lines_its_own_way_is_asked(self):
        cls = type(self.env["pos.order.line"])

        def costs(self, stock_moves):
            self.write({"total_cost": 7.0, "is_total_cost_computed": True})

        addon = self.addon("_compute_total_cost", costs)
        with self.extended(cls, addon):
            order = self.order_of(self.finalize())
        self.assertEqual(order.lines.total_cost, 7.0)

    def extended(self, cls, addon):
        """As if an addon had extended the model."""
        bases = cls.__bases__

        class Extended:
            def __enter__(self):
                cls.__bases__ = (addon, *bases)

            def __exit__(self, *_error):
                cls.__bases__ = bases

        return Extended()

    def test_many_orders_are_one_create(self):
        cls = type(self.env["pos.order"])
        original, sizes = cls.create, []

        def create(records, vals_list):
            sizes.append(len(vals_list))
            return original(records, vals_list)

        with patch.object(cls, "create", create):
            answer = (
                self.env["nu.pos.batch"]
                .with_user(self.hub)
                .sync({"orders": [self.snapshot() for _index in range(25)]})
            )
        self.assertEqual((answer.status, sizes), (200, [25]))

    def test_a_sale_stays_within_its_queries(self):
        """48 at the time of writing; more than a few more is a field read that is
        missing in ``SaleReads``, or a row written twice."""
        for _warm in range(3):
            self.finalize()
        snapshot = self.snapshot()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.Order.hub_finalize_snapshot(snapshot)
        self.env.flush_all()
        self.assertLess(self.env.cr.sql_log_count - before, 62)
