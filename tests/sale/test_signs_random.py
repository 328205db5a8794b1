"""Random days of the till, sold and returned over the API and on Odoo's own screen: the
session closes balanced, 607 and summary are the orders are the ledger, and no return
gives back more than was received. To the centavo."""

from collections import Counter
from decimal import Decimal

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import float_round

from ...fiscal.reports.consumers import Totals
from ...fiscal.reports.format607 import FORMAT
from ...models.runtime.problem import ApiProblem
from .test_signs_reports import ScreenMonthCase

ITEMS = st.lists(
    st.tuples(
        st.sampled_from(("dish", "reduced", "exempt")),
        st.sampled_from((1, 1, 2, 3, 0.5, 1.25)),
        st.integers(min_value=1, max_value=90_000),  # price in cents
        st.sampled_from((0, 0, 7, 12.5)),
    ),
    min_size=1,
    max_size=3,
)
SALE = st.fixed_dictionaries(
    {
        "act": st.just("sell"),
        "door": st.sampled_from(("api", "screen")),
        "fiscal_type": st.sampled_from(("B02", "E32")),
        "preset": st.sampled_from(("dine_in", "takeout")),
        "items": ITEMS,
        # a discount line of so many per cent of the dishes, on the screen only
        "off": st.sampled_from((0, 0, 10, 33, 100)),
        "pay": st.sampled_from(("cash", "card", "mixed")),
    }
)
RETURN = st.fixed_dictionaries(
    {
        "act": st.just("come_back"),
        "door": st.sampled_from(("api", "api", "screen")),
        "which": st.integers(min_value=0, max_value=50),
        # hundredths of what is left of each line; all of it where it is 100
        "parts": st.lists(
            st.sampled_from((0, 1, 33, 50, 100, 100)), min_size=1, max_size=3
        ),
        "pay": st.sampled_from(("cash", "card")),
    }
)
EXCHANGE = st.fixed_dictionaries(
    {"act": st.just("exchange"), "which": st.integers(min_value=0, max_value=50)}
)
ROUNDING = st.fixed_dictionaries(
    {
        "act": st.just("round"),
        "rule": st.none()
        | st.tuples(
            st.sampled_from(("HALF-UP", "UP", "DOWN")),
            st.booleans(),
            st.sampled_from((1.0, 5.0)),
        ),
    }
)
DAY = st.lists(
    st.one_of(SALE, SALE, RETURN, RETURN, RETURN, EXCHANGE, ROUNDING),
    min_size=8,
    max_size=14,
)


def pesos(amount):
    return Decimal(f"{amount:.2f}")


@tagged("post_install", "-at_install")
class TestRandomDays(ScreenMonthCase):
    def test_random_days_tie_to_the_centavo(self):
        self.month, self.done = 0, Counter()

        @settings(
            max_examples=6,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            # a failing day is told as it is: to make it smaller takes minutes
            phases=(Phase.generate,),
        )
        @given(DAY)
        def live(acts):
            self.month += 1
            self.live(acts)

        live()
        self.assertLessEqual(
            {
                "sell api", "sell screen", "come_back api", "come_back screen",
                "exchange", "round", "discount", "rounded", "part", "rest",
            },
            set(self.done),
        )  # fmt: skip

    # -- Living ------------------------------------------------------------------------

    def live(self, acts):
        if self.config.current_session_id.state == "opened":
            self.close(f"{self.day()} 05:00")
        self.round({"rule": None})
        self.open(f"{self.day()} 06:00")
        self.sales = self.returns = self.env["pos.order"]
        with self.at(f"{self.day()} 12:00"):
            self.sell(SALE_OF_EVERY_DAY)
            for act in acts:
                getattr(self, act["act"])(act)
            if self.sales:
                self.rest()
        move = self.close(f"{self.day()} 23:00")
        self.judge_returns()
        self.judge_month(move)

    def day(self):
        return f"{2027 + self.month // 12}-{self.month % 12 + 1:02}-10"

    def round(self, act):
        if act["rule"]:
            self.rounding(*act["rule"])
            self.done["round"] += 1
        else:
            self.config.cash_rounding = False

    def sell(self, act):
        api = act["door"] == "api"
        self.config.nu_default_document_type_id = self.type(act["fiscal_type"])
        order = self.sell_api(act) if api else self.sell_screen(act)
        self.assertEqual(order.nu_ncf[:3], act["fiscal_type"])
        self.done[f"sell {act['door']}"] += 1
        self.done["rounded"] += bool(order._nu_rounding())
        self.sales += order

    def sell_api(self, act):
        lines = [
            self.line(
                getattr(self, name), qty=qty, price=cents / 100, discount=discount
            )
            for name, qty, cents, discount in act["items"]
        ]
        draft = self.draft(
            *lines, fiscal_type=act["fiscal_type"], order_type=act["preset"]
        )
        draft.pop("amount_total")
        total = self.Order._nu_submit(draft).body["amount_total"]
        amounts = self.amounts(act["pay"], total)
        payments = [
            {"payment_method_id": method.id, "amount": amount}
            for method, amount in amounts.items()
        ]
        return self.order_of(self.finalize({**draft, "payments": payments}))

    def sell_screen(self, act):
        preset = self.ref(f"preset_{act['preset']}")
        position = preset.fiscal_position_id
        raw, items = [], []
        for name, qty, cents, discount in act["items"]:
            product = getattr(self, name)
            taxes = product.taxes_id._filter_taxes_by_company(self.company)
            raw.append(taxes)
            items.append(
                self.item(
                    product,
                    qty=qty,
                    price=cents / 100,
                    discount=discount,
                    tax_ids=position.map_tax(taxes),
                )
            )
        for taxes, item in list(zip(raw, items, strict=True)):
            off = item["qty"] * item["price_unit"] * (1 - item["discount"] / 100)
            off = round(off * act["off"] / 100, 2)
            if off:
                raw.append(taxes)
                items.append(self.off(off, self.dish, tax_ids=item["tax_ids"]))
                self.done["discount"] += 1
        total = self.total_of(*items)
        if total < 0:
            # a cent of rounding on a sale that is a present: nobody pays for it
            return self.sell_screen({**act, "off": 0})
        ticket = self.ticket(*items, pay=self.amounts(act["pay"], total))
        ticket.update(preset_id=preset.id, fiscal_position_id=position.id)
        for taxes, (_code, _id, line) in zip(raw, ticket["lines"], strict=True):
            line["tax_ids"] = [Command.set(taxes.ids)]
        return self.sync(ticket)

    def amounts(self, pay, total):
        """What is paid, as the till counts it."""
        part = round(total / 3, 2)
        if pay == "mixed" and part:
            due = self.due(total, cash=True)
            if due > part:
                return {self.card: part, self.cash: round(due - part, 2)}
        method = self.card if pay == "card" else self.cash
        return {method: self.due(total, method == self.cash)}

    def due(self, total, cash):
        config = self.config
        if not config.cash_rounding or (config.only_round_cash_method and not cash):
            return total
        rule = config.rounding_method
        return float_round(
            total,
            precision_rounding=rule.rounding,
            rounding_method=rule.rounding_method,
        )

    def some_of(self, act):
        """``[(line, quantity)]`` of a sale."""
        sale = self.sales[act["which"] % len(self.sales)]
        asked = []
        for place, line in enumerate(line for line in sale.lines if line.qty):
            left = round(line.qty - line.refunded_qty, 2)
            part = act["parts"][place % len(act["parts"])]
            qty = left if part == 100 else round(left * part / 100, 2)
            if qty > 0:
                asked.append((line, qty))
        return sale, asked

    def come_back(self, act):
        sale, asked = self.some_of(act)
        if not asked:
            return
        kept = self.env["pos.order"].search_count([])
        try:
            if act["door"] == "api":
                back = self.back_api(sale, asked)
            else:
                back = self.back_screen(sale, asked, act)
        except (ApiProblem, UserError) as problem:
            # more than is left, a part of no worth, a discount without its dish
            self.assertIn(getattr(problem, "code", None), ("CONFLICT", "VALIDATION"))
            self.env.invalidate_all()
            self.assertEqual(self.env["pos.order"].search_count([]), kept)
            self.done["refused"] += 1
            return
        self.assertIn(back.nu_ncf[:3], ("B04", "E34"))
        self.assertLessEqual(back.amount_total, 0)
        self.done[f"come_back {act['door']}"] += 1
        self.done["part"] += back.amount_total != -sale.amount_total
        self.returns += back

    def back_api(self, sale, asked):
        lines = [
            {"line_id": line.id, "qty": qty}
            for line, qty in asked
            if line.price_unit >= 0
        ]
        name = f"RT/{sale.id}/{len(self.returns)}"
        return self.give_back(sale, lines=lines or None, pos_reference=name)

    def back_screen(self, sale, asked, act):
        self.config.nu_default_document_type_id = sale.nu_document_type_id
        items = [
            self.back(line, qty)
            if not sale.fiscal_position_id
            else {**self.back(line, qty), "tax_ids": line._nu_taxes()}
            for line, qty in asked
        ]
        total = self.total_of(*items)
        method = self.card if act["pay"] == "card" else self.cash
        due = self.due(total, method == self.cash)
        ticket = self.ticket(*items, pay={method: due}, refund=True)
        ticket["fiscal_position_id"] = sale.fiscal_position_id.id
        return self.sync(ticket)

    def exchange(self, act):
        """Sale and return on one ticket: no number is taken."""
        sale = self.sales[act["which"] % len(self.sales)]
        line = sale.lines.filtered("qty")[:1]
        numbers = self.Ncf.search_count([])
        ticket = self.ticket(self.back(line), self.item(price=900.0), refund=True)
        self.assertProblem("VALIDATION", self.sync, ticket)
        self.env.invalidate_all()
        self.assertEqual(self.Ncf.search_count([]), numbers)
        self.done["exchange"] += 1

    def rest(self):
        """All there is left of one sale comes back, whatever came back before."""
        for sale in self.sales:
            if any(line.qty > line.refunded_qty for line in sale.lines):
                name = f"RT/{sale.id}/rest"
                self.returns += self.give_back(sale, pos_reference=name)
                self.assertTrue(self.is_back(sale))
                self.done["rest"] += 1
                return

    # -- Judging -----------------------------------------------------------------------

    def is_back(self, sale):
        return all(abs(line.qty - line.refunded_qty) < 0.001 for line in sale.lines)

    def judge_returns(self):
        for sale in self.sales:
            returns = self.returns.filtered(
                lambda order, sale=sale: order.refunded_order_id == sale
            )
            for name in ("amount_total", "amount_paid"):
                given = -pesos(sum(returns.mapped(name)))
                self.assertLessEqual(given, pesos(sale[name]), (sale.nu_ncf, name))
                if self.is_back(sale):
                    self.assertEqual(given, pesos(sale[name]), (sale.nu_ncf, name))
            if self.is_back(sale):
                for name in ("amount_tax", "nu_amount_itbis", "nu_amount_tip"):
                    given = -pesos(sum(returns.mapped(name)))
                    self.assertEqual(given, pesos(sale[name]), (sale.nu_ncf, name))

    def judge_month(self, move):
        orders = self.sales + self.returns
        wanted = [
            pesos(sum(order.amount_total - order.amount_tax for order in orders)),
            pesos(sum(orders.mapped("nu_amount_itbis"))),
            pesos(sum(orders.mapped("nu_amount_tip"))),
        ]
        self.assertEqual([pesos(amount) for amount in self.booked(move)], wanted)
        report = self.report("607", f"{self.day()[:8]}01", check=True)
        self.assertFalse(report.error_count, self.problems(report))
        for figure in report.compare_ids:
            self.assertEqual(figure.difference, 0, figure.name)
        read = Totals()
        for row in FORMAT.read(self.txt(report)).rows:
            read.net(row)
        below = {row.code: pesos(row.amount) for row in report.below_ids}
        said = [
            getattr(read, name) + below[name] for name in ("amount", "itbis", "tip")
        ]
        self.assertEqual(said, wanted, "607 and summary")
        columns = {"transfer": "bank", "other": "other_form"}
        for sale in self.sales:
            row = self.row(report, sale)
            forms = {
                form: pesos(row[columns.get(form, form)] or 0)
                for form in sale._nu_paid_by_form()
            }
            self.assertEqual(forms, sale._nu_paid_by_form(), sale.nu_ncf)
            self.assertEqual(sum(forms.values()), pesos(sale.amount_total))


SALE_OF_EVERY_DAY = {
    "act": "sell",
    "door": "screen",
    "fiscal_type": "E32",
    "preset": "dine_in",
    "items": [("dish", 3, 3333, 7), ("reduced", 1, 7101, 0)],
    "off": 10,
    "pay": "cash",
}
