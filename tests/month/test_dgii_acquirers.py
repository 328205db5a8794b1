"""What card acquirers keep back of each transaction: box 27, and what is booked."""

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..month_office import OfficeMonthCase


@tagged("post_install", "-at_install")
class TestAcquirers(OfficeMonthCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kept = cls.env["account.account"].create(
            {
                "name": "ITBIS withheld by AcquirerOne",
                "code": "11080399",
                "account_type": "asset_current",
                "company_ids": [Command.set(cls.company.ids)],
            }
        )
        cls.cards = cls.card.journal_id

    def withhold(self):
        self.cards.write(
            {"nu_acquirer_percent": 2.0, "nu_acquirer_account_id": self.kept.id}
        )

    def sell_by_card(self):
        """640.00 and 1,280.00 by card, the latter with a part in cash; one given
        back."""
        first = self.sell(
            "2026-10-05 12:00", payments=self.pay(card=640.0), total=640.0
        )
        self.sell(
            "2026-10-06 12:00",
            self.line(qty=2),
            total=1280.0,
            payments=self.pay(card=1000.0, cash=280.0),
        )
        # in Santo Domingo it is November
        self.sell("2026-11-01 00:01", payments=self.pay(card=640.0), total=640.0)
        return first

    def it1(self):
        self.report("606")
        self.report("607")
        return self.report("it1", check=True)

    def box(self, form, number, section="annex"):
        return self.figure(form, section, str(number)).amount

    def codes(self, form):
        return {code for code, _ncf in self.problems(form)}

    def settle(self, amount):
        """The accountant books a settlement of the acquirer."""
        move = self.moves().create(
            {
                "date": "2026-10-31",
                "journal_id": self.journal("general").id,
                "line_ids": [
                    Command.create({"account_id": self.kept.id, "debit": amount}),
                    Command.create(
                        {
                            "account_id": self.card.outstanding_account_id.id,
                            "credit": amount,
                        }
                    ),
                ],
            }
        )
        move.action_post()

    def test_two_percent_of_each_transaction_is_suggested(self):
        self.withhold()
        self.sell_by_card()
        form = self.it1()
        self.assertEqual(self.box(form, 27), 32.8)
        self.assertEqual((self.box(form, 33), self.box(form, 30, "form")), (32.8, 32.8))
        row = form.acquirer_ids
        self.assertEqual(
            (row.count, row.amount, row.booked, row.difference), (2, 32.8, 0.0, -32.8)
        )
        self.assertIn(self.cards.name, row.name)
        self.assertIn("ACQUIRER", self.codes(form))
        self.assertEqual((form.state, form.difference), ("checked", 0.0))

    def test_what_is_given_back_lowers_it(self):
        self.withhold()
        first = self.sell_by_card()
        self.give_back("2026-10-07 12:00", first)
        self.assertEqual(self.box(self.it1(), 27), 20.0)

    def test_payment_of_an_invoice_by_card_counts(self):
        self.withhold()
        move = self.bill_out("2026-10-05")
        with self.at("2026-10-25 10:00"):
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=move.ids
            ).create(
                {"journal_id": self.cards.id, "payment_date": "2026-10-25"}
            )._create_payments()
        self.assertEqual(self.box(self.it1(), 27), 23.6)

    def test_what_is_booked_is_compared(self):
        self.withhold()
        self.sell_by_card()
        self.settle(32.8)
        form = self.it1()
        self.assertEqual(
            (form.acquirer_ids.booked, form.acquirer_ids.difference), (32.8, 0)
        )
        self.assertFalse({"ACQUIRER", "ACQUIRER_UNSET"} & self.codes(form))
        action = form.acquirer_ids.action_open()
        items = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(sum(items.mapped("balance")), 32.8)

    def test_entry_of_what_is_missing_is_drafted(self):
        self.withhold()
        self.sell_by_card()
        self.settle(12.8)
        form = self.it1()
        move = self.moves().browse(form.action_book_acquirers()["res_id"])
        self.assertEqual((move.state, str(move.date)), ("draft", "2026-10-31"))
        self.assertEqual(
            {line.account_id: line.balance for line in move.line_ids},
            {self.kept: 20.0, self.card.outstanding_account_id: -20.0},
        )
        move.action_post()
        form.action_check()
        self.env.invalidate_all()
        self.assertNotIn("ACQUIRER", self.codes(form))
        with self.assertRaises(UserError):
            form.action_book_acquirers()

    def test_box_by_hand_goes_before(self):
        self.withhold()
        self.sell_by_card()
        form = self.it1()
        self.figure(form, "annex", "27").given = 30.0
        form.action_check()
        self.env.invalidate_all()
        self.assertEqual(self.box(form, 33), 30.0)

    def test_cards_without_acquirer_are_told(self):
        self.sell_by_card()
        form = self.it1()
        self.assertEqual(self.box(form, 27), 0.0)
        [problem] = form.problem_ids.filtered(lambda row: row.code == "ACQUIRER_UNSET")
        self.assertEqual(problem.action_open()["res_model"], "account.journal")
        self.figure(form, "annex", "27").given = 0.0
        form.action_check()
        self.env.invalidate_all()
        self.assertNotIn("ACQUIRER_UNSET", self.codes(form), "a zero is given")

    def test_account_is_not_that_of_customers(self):
        theirs = self.chart.ref("l10n_do_11080301")
        with self.assertRaises(ValidationError):
            self.cards.write(
                {"nu_acquirer_percent": 2.0, "nu_acquirer_account_id": theirs.id}
            )
        with self.assertRaises(ValidationError):
            self.cards.nu_acquirer_percent = 2.0
        with self.assertRaises(ValidationError):
            self.cards.write(
                {"nu_acquirer_percent": 101, "nu_acquirer_account_id": self.kept.id}
            )
