"""Whatever a month holds, its 607 and summary, its documents and the general ledger are
one sum."""

import random
from collections import Counter
from decimal import Decimal

from odoo.tests import tagged

from ...fiscal.reports.consumers import Totals
from ...fiscal.reports.format607 import FORMAT
from ..month_office import OfficeMonthCase

#: Till sales by type, with the demo contact that buys.
SALES = {
    "B01": "partner_company",
    "B02": None,
    "B14": "partner_special",
    "B15": "partner_state",
    "E31": "partner_company",
    "E32": None,
    "E45": "partner_state",
}
#: What every month has at least once; more of each comes by chance.
ACTS = (
    *(f"sell_{kind}" for kind in SALES), "mixed", "change", "great", "give_back",
    "give_back_part", "annul", "invoice", "credit_note", "debit_note", "withhold",
)  # fmt: skip


def pesos(amount):
    return Decimal(f"{amount:.2f}")


@tagged("post_install", "-at_install")
class TestRandomMonths(OfficeMonthCase):
    def test_random_months_tie_to_the_centavo(self):
        for seed, month in ((7, 2), (83, 4)):
            with self.subTest(seed=seed):
                self.live(random.Random(seed), month)
                self.judge(f"2027-{month:02}-01")

    # -- Living ------------------------------------------------------------------------

    def live(self, chance, month):
        self.chance, self.month = chance, month
        self.orders, self.moves_made = self.env["pos.order"], self.env["account.move"]
        self.done = Counter()
        if self.config.current_session_id.state != "opened":
            self.open(f"2027-{month:02}-01 06:00")
        acts = [*ACTS, *chance.choices(ACTS, k=6)]
        chance.shuffle(acts)
        self.day = 1
        for act in acts:
            self.day = min(self.day + chance.choice((0, 1, 1)), 27)
            getattr(self, f"do_{act}", self.do_sell)(act)
            self.done[act] += 1
        self.close(f"2027-{month:02}-28 12:00")

    def moment(self):
        return (
            f"2027-{self.month:02}-{self.day:02} {self.chance.randrange(8, 24):02}:30"
        )

    def today(self):
        return f"2027-{self.month:02}-{self.day:02}"

    def do_sell(self, act, split=None, **wire):
        chance, kind = self.chance, act.removeprefix("sell_")
        exempt = kind in ("B14", "E44")
        lines = wire.pop("lines", None) or [
            self.line(
                self.dish
                if exempt
                else chance.choice((self.dish, self.reduced, self.exempt)),
                qty=chance.randint(1, 4),
                price=round(chance.uniform(1, 900), 2),
                discount=chance.choice((0, 0, 7, 12.5)),
                id=f"line{place}",
            )
            for place in range(chance.randint(1, 4))
        ]
        wire.setdefault("order_type", chance.choice(("dine_in", "takeout")))
        partner = SALES.get(kind) or wire.pop("buyer", None)
        if partner:
            wire["partner_id"] = self.ref(partner).id
        draft = self.draft(*lines, fiscal_type=kind, **wire)
        draft.pop("amount_total")
        moment = self.moment()
        with self.at(moment):
            total = self.Order._nu_submit(draft).body["amount_total"]
        names = split or [chance.choice(("cash", "card", "transfer", "voucher"))]
        order = self.sell(
            moment,
            *lines,
            pos_reference=draft["pos_reference"],
            fiscal_type=kind,
            total=total,
            payments=self.pay(**self.parts(total, names)),
            **wire,
        )
        self.orders += order
        return order

    def parts(self, total, names):
        """The total in parts, the last what is left."""
        cents, amounts = round(total * 100), {}
        for place, name in enumerate(names):
            last = place == len(names) - 1
            part = cents if last else self.chance.randint(1, max(cents // 2, 1))
            cents -= part
            amounts[name] = amounts.get(name, 0) + part / 100
        return {name: amount for name, amount in amounts.items() if amount}

    def do_mixed(self, _act):
        self.do_sell("B01", split=["cash", "card", "transfer"])
        self.do_sell("B02", split=["voucher", "card"])

    def do_change(self, _act):
        order = self.sell(
            self.moment(),
            fiscal_type="B01",
            partner_id=self.buyer.id,
            payments=self.pay(card=100.0, cash=1000.0),
            total=640.0,
        )
        self.orders += order

    def do_great(self, _act):
        """A consumer receipt that the file lists."""
        price = round(self.chance.uniform(250_000, 300_000), 2)
        self.do_sell(
            "B02", lines=[self.line(price=price)], buyer="partner_person",
            split=["transfer", "card"],
        )  # fmt: skip

    def sold(self):
        """A sale of the month nobody touched."""
        untouched = self.orders.filtered(
            lambda order: (
                order.nu_ncf_id.state == "issued"
                and order.amount_total > 0
                and not order.refund_orders_count
            )
        )
        return self.chance.choice(untouched) if untouched else self.do_sell("B02")

    def do_give_back(self, _act):
        order = self.sold()
        self.orders += self.give_back(self.moment(), order)

    def do_give_back_part(self, _act):
        order = self.do_sell(
            self.chance.choice(("B01", "B02", "E32")),
            lines=[
                self.line(id="a", qty=3, price=33.33, discount=7),
                self.line(self.reduced, id="b", price=71.01),
            ],
        )
        for part in range(2):
            self.orders += self.give_back(
                self.moment(), order, lines=[{"id": "a", "qty": 1}],
                pos_reference=f"RF/{order.id}/{part}",
            )  # fmt: skip

    def do_annul(self, _act):
        """Never handed over: given back, its number in the 608."""
        order = self.do_sell(self.chance.choice(("B01", "B02")))
        with self.at(self.moment()):
            body = (
                self.env["nu.pos.refund"]
                .with_user(self.manager)
                .cancel(
                    str(order.id),
                    {"reason": "x", "delivered": False, "reason_code": "08"},
                )
                .body
            )
            self.env.invalidate_all()
        self.orders += self.env["pos.order"].browse(body["refund_id"])

    def price(self):
        return round(self.chance.uniform(50, 5000), 2)

    def do_invoice(self, _act):
        taxes = self.chance.choice((self.itbis, self.itbis + self.tip))
        move = self.bill_out(self.today(), self.price(), taxes)
        self.moves_made += move
        return move

    def do_credit_note(self, act):
        move = self.do_invoice(act)
        share = round(move.amount_untaxed * self.chance.uniform(0.1, 1), 2)
        self.moves_made += self.credit_note(move, self.today(), share)

    def do_debit_note(self, act):
        move = self.do_invoice(act)
        self.moves_made += self.debit_note(move, self.today(), self.price())

    def do_withhold(self, act):
        move = self.do_invoice(act)
        held = round(move.nu_amount_itbis * 0.3, 2)
        first, part = round(held / 3, 2), round(move.amount_total / 3, 2)
        self.pay_move(move, self.today(), part, held={"11080301": first})
        self.pay_move(
            move, self.today(), round(move.amount_residual - held + first, 2),
            held={"11080301": round(held - first, 2)},
        )  # fmt: skip

    # -- Judging -----------------------------------------------------------------------

    def documents(self):
        """``(amount, ITBIS, tip)`` of all that was sold and not annulled, each as its
        own record has it."""
        sums = [Decimal(0)] * 3
        for order in self.orders.filtered(lambda order: order.nu_ncf_id):
            if order.nu_ncf_id.state == "issued":
                found = (
                    order.amount_total - order.amount_tax,
                    order.nu_amount_itbis,
                    order.nu_amount_tip,
                )
                sums = [old + pesos(new) for old, new in zip(sums, found, strict=True)]
        for move in self.moves_made:
            sign = -1 if move.move_type == "out_refund" else 1
            by_tax = {
                line.tax_line_id: abs(line.balance)
                for line in move.line_ids
                if line.tax_line_id
            }
            tip = by_tax.get(self.tip, 0.0)
            found = (move.amount_untaxed, move.amount_tax - tip, tip)
            sums = [
                old + sign * pesos(new) for old, new in zip(sums, found, strict=True)
            ]
        return sums

    def movement(self, first):
        """The same of the general ledger, by what each account is; and the ITBIS that
        customers withheld."""
        lines = self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("parent_state", "=", "posted"),
                ("date", ">=", first),
                ("date", "<=", f"{first[:8]}28"),
            ]
        )
        sums = {"amount": Decimal(0), "itbis": Decimal(0), "tip": Decimal(0),
                "held": Decimal(0)}  # fmt: skip
        for line in lines:
            if line.account_id.account_type == "income":
                sums["amount"] -= pesos(line.balance)
            elif line.tax_line_id.nu_kind in sums:
                sums[line.tax_line_id.nu_kind] -= pesos(line.balance)
            if line.account_id.nu_withheld == "itbis_withheld":
                sums["held"] += pesos(line.balance)
        return list(sums.values())

    def judge(self, first):
        report = self.report("607", first, check=True)
        self.assertFalse(report.error_count, self.problems(report))
        wanted = self.documents()
        *booked, held = self.movement(first)
        self.assertEqual(booked, wanted, "the general ledger")
        # what DGII reads: the file and the screen of consumer invoices
        read = Totals()
        rows = FORMAT.read(self.txt(report)).rows
        for row in rows:
            read.net(row)
        below = {row.code: pesos(row.amount) for row in report.below_ids}
        self.assertEqual(sum(row.itbis_withheld or 0 for row in rows), held)
        names = ("amount", "itbis", "tip")
        said = [getattr(read, name) + below[name] for name in names]
        self.assertEqual(said, wanted, "607 and summary")
        self.assertEqual([pesos(report[name]) for name in names], wanted)
        for row in rows:
            forms = (row.cash, row.bank, row.card, row.credit, row.voucher, row.barter,
                     row.other_form)  # fmt: skip
            paid = sum(form or 0 for form in forms)
            due = row.amount + row.itbis + (row.tip or 0)
            self.assertEqual(paid, 0 if row.ncf[1:3] in ("04", "34") else due, row.ncf)
        for figure in report.compare_ids:
            self.assertEqual(figure.difference, 0, figure.name)
        self.judge_variety(report, rows, first)

    def judge_variety(self, report, rows, first):
        """Nothing ties because there is nothing."""
        self.assertEqual(set(self.done), set(ACTS))
        self.assertLessEqual(
            {"01", "02", "03", "04", "14", "15"},
            set(report.line_ids.mapped("type_code")),
        )
        self.assertEqual({row.ncf[0] for row in rows}, {"B", "E"})
        self.assertTrue(any(row.ncf[:3] == "B02" for row in rows), "a great one")
        self.assertTrue(any(row.cash and row.card and row.bank for row in rows))
        self.assertTrue(any(row.itbis_withheld for row in rows))
        self.assertTrue(report.line_ids.filtered(lambda row: not row.listed))
        annulled = self.report("608", first)
        self.assertGreaterEqual(annulled.listed_count, 1)
        self.assertFalse(
            set(annulled.line_ids.mapped("ncf")) & set(report.line_ids.mapped("ncf"))
        )
        for code in ("18", "16"):
            self.assertTrue(
                self.env["nu.pos.sales.report"].search_count(
                    [("order_id", "in", self.orders.ids), ("rate", "=", code)]
                )
            )
