from ..common import FiscalCase


class TestOrderPayments(FiscalCase):
    def pay(self, *payments, total=640.0, **values):
        return self.finalize(
            self.snapshot(total=total, payments=list(payments), **values)
        )

    def payment(self, method, amount, **values):
        return {"payment_method_id": method.id, "amount": amount, **values}

    def test_change_is_positive_on_the_wire_and_leaves_the_drawer(self):
        answer = self.pay(self.payment(self.cash, 1000.0), amount_return=360.0)
        order = self.order_of(answer)
        self.assertEqual((answer["amount_paid"], answer["amount_return"]), (640, 360))
        change = order.payment_ids.filtered("is_change")
        self.assertEqual((change.amount, change.payment_method_id), (-360.0, self.cash))
        self.assertEqual(order.state, "paid")

    def test_change_is_worked_out_when_it_is_not_sent(self):
        answer = self.pay(self.payment(self.cash, 700.0))
        self.assertEqual(answer["amount_return"], 60.0)

    def test_a_wrong_change_is_refused(self):
        problem = self.assertProblem(
            "TOTALS_MISMATCH",
            self.pay,
            self.payment(self.cash, 700.0),
            amount_return=50.0,
        )
        self.assertEqual(problem.errors[0]["path"], "amount_return")

    def test_change_comes_out_of_cash_only(self):
        problem = self.assertProblem(
            "VALIDATION", self.pay, self.payment(self.card, 700.0)
        )
        self.assertEqual(problem.errors[0]["path"], "payments")

    def test_several_methods(self):
        order = self.order_of(
            self.pay(
                self.payment(self.cash, 140.0),
                self.payment(self.card, 500.0, transaction_id="T1", card_type="visa"),
            )
        )
        card = order.payment_ids.filtered(lambda p: p.payment_method_id == self.card)
        self.assertEqual((card.transaction_id, card.card_type), ("T1", "visa"))

    def test_no_payment_is_an_error(self):
        for payments in ([], [self.payment(self.cash, 0.0)]):
            self.assertProblem("PAYMENT_MISSING", self.pay, *payments)

    def test_too_little_is_told_with_both_figures(self):
        problem = self.assertProblem(
            "PAYMENT_INCOMPLETE", self.pay, self.payment(self.cash, 639.99)
        )
        self.assertEqual(problem.errors[0]["expected"], "640.00")
        self.assertFalse(problem.retryable)

    def test_a_courtesy_of_zero_is_paid_with_zero(self):
        line = self.line(discount=100)
        answer = self.finalize(
            self.snapshot(line, total=0, payments=[self.payment(self.cash, 0)])
        )
        self.assertEqual((answer["amount_total"], answer["state"]), (0.0, "paid"))
        self.assertProblem(
            "PAYMENT_MISSING", self.finalize, self.snapshot(line, total=0, payments=[])
        )

    def test_a_method_of_another_register_is_unknown(self):
        problem = self.assertProblem(
            "UNKNOWN_REFERENCE",
            self.pay,
            self.payment(self.cash, 640.0),
            config_id=self.second_register().id,
        )
        self.assertEqual(problem.errors[0]["path"], "payments[0].payment_method_id")

    def test_methods_by_name(self):
        answer = self.pay({"payment_method": self.card.name, "amount": 640})
        self.assertEqual(self.order_of(answer).payment_ids.payment_method_id, self.card)

    def test_a_sale_wholly_on_credit_has_payments(self):
        customer = self.ref("partner_credit")
        answer = self.pay(
            {"amount": 640.0, "is_credit": True},
            {"payment_method_id": self.cash.id, "amount": 0.0},
            partner_id=customer.id,
        )
        order = self.order_of(answer)
        self.assertEqual(order.payment_ids.payment_method_id, self.credit)
        self.assertFalse(order.payment_ids.account_move_id, "no entry for the credit")

    def test_credit_needs_a_customer(self):
        problem = self.assertProblem(
            "VALIDATION", self.pay, {"amount": 640.0, "is_credit": True}
        )
        self.assertEqual(problem.errors[0]["path"], "partner_id")

    def test_credit_stops_at_the_limit_counting_open_sales(self):
        customer = self.ref("partner_credit").with_company(self.company)
        limit, balance = customer._nu_credit(self.company)
        self.assertEqual((limit, balance), (5000.0, 0.0))
        credit = {"is_credit": True, "payment_method_id": self.credit.id}
        big = self.line(price=3000.0)
        self.finalize(
            self.snapshot(
                big, partner_id=customer.id, payments=[{**credit, "amount": 3840.0}]
            )
        )
        problem = self.assertProblem(
            "CREDIT_LIMIT",
            self.finalize,
            self.snapshot(
                big, partner_id=customer.id, payments=[{**credit, "amount": 3840.0}]
            ),
        )
        self.assertIn("1160.00", problem.detail)

    def test_a_customer_without_limit_has_no_credit(self):
        self.assertProblem(
            "CREDIT_LIMIT",
            self.pay,
            {"amount": 640.0, "is_credit": True},
            partner_id=self.buyer.id,
        )
