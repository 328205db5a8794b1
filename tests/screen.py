"""Orders as Odoo's own screen sends them: computed by its rules, signs included."""

from uuid import uuid4

from odoo import fields
from odoo.fields import Command

from .common import FiscalCase


class ScreenCase(FiscalCase):
    """The screen computes with the tax engine that the server has too; what it stores
    of it is here as in ``setOrderPrices`` of point_of_sale: lines rounded one by one
    and by the sign of the document, totals by those of their amounts."""

    def item(self, product=None, qty=1, price=500.0, discount=0.0, **values):
        product = product or self.dish
        position = self.config.default_preset_id.fiscal_position_id
        return {
            "product_id": product.id,
            "qty": qty,
            "price_unit": price,
            "discount": discount,
            "tax_ids": position.map_tax(
                product.taxes_id._filter_taxes_by_company(self.company)
            ),
            "full_product_name": product.name,
            **values,
        }

    def off(self, amount, product=None, **values):
        """A discount or reward line, as pos_discount and pos_loyalty make them."""
        return self.item(product, price=-amount, **values)

    def back(self, line, qty=None):
        """A line that comes back; a discount comes back like a dish."""
        return self.item(
            line.product_id,
            qty=-(line.qty if qty is None else qty),
            price=line.price_unit,
            discount=line.discount,
            tax_ids=line.tax_ids,
            refunded_orderline_id=line.id,
        )

    def ticket(self, *items, pay=None, change=0.0, refund=False, **values):
        """:param pay: ``{payment method: amount}``; by default all in cash
        :param change: what was given back of the cash, positive
        """
        items = items or (self.item(),)
        lines, total, tax = self._computed(items, -1 if refund else 1)
        pay = pay if pay is not None else {self.cash: total}
        now = fields.Datetime.to_string(fields.Datetime.now())
        return {
            "uuid": str(uuid4()),
            "access_token": uuid4().hex,
            "pos_reference": f"2611-{uuid4().hex[:6]}",
            "session_id": self.config.current_session_id.id,
            "state": "paid",
            "date_order": now,
            "amount_total": total,
            "amount_tax": tax,
            "amount_paid": sum(pay.values()),
            "amount_return": -change,
            "is_refund": refund,
            "partner_id": False,
            "preset_id": self.config.default_preset_id.id,
            "lines": [Command.create(line) for line in lines],
            "payment_ids": [
                Command.create(
                    {
                        "payment_method_id": method.id,
                        "amount": amount,
                        "payment_date": now,
                        "uuid": str(uuid4()),
                    }
                )
                for method, amount in pay.items()
            ],
            **values,
        }

    def _computed(self, items, sign):
        Tax, currency = self.env["account.tax"], self.company.currency_id
        bases = [
            Tax._prepare_base_line_for_taxes_computation(
                {},
                quantity=item["qty"],
                price_unit=item["price_unit"],
                discount=item["discount"],
                tax_ids=item["tax_ids"],
                currency_id=currency,
                is_refund=item["qty"] * item["price_unit"] < 0,
            )
            for item in items
        ]
        Tax._add_tax_details_in_base_lines(bases, self.company)
        Tax._round_base_lines_tax_details(bases, self.company)
        totals = Tax._get_tax_totals_summary(bases, currency, self.company)
        lines = [
            {
                **item,
                "uuid": str(uuid4()),
                "tax_ids": [Command.set(item["tax_ids"].ids)],
                "price_subtotal": currency.round(
                    sign * base["tax_details"]["total_excluded_currency"]
                ),
                "price_subtotal_incl": currency.round(
                    sign * base["tax_details"]["total_included_currency"]
                ),
            }
            for item, base in zip(items, bases, strict=True)
        ]
        return (
            lines,
            currency.round(totals["total_amount_currency"]),
            currency.round(totals["tax_amount_currency"]),
        )

    def total_of(self, *items):
        """What the items cost, with taxes and tip."""
        return self._computed(items, 1)[1]

    def rounding(self, method="HALF-UP", only_cash=True, to=5.0):
        """Let the register round cash."""
        accounts = self.env["account.account"].search(
            [
                ("company_ids", "in", self.company.ids),
                ("account_type", "in", ("income_other", "expense")),
            ]
        )
        income = accounts.filtered(lambda a: a.account_type == "income_other")[:1]
        expense = accounts.filtered(lambda a: a.account_type == "expense")[:1]
        rule = self.env["account.cash.rounding"].create(
            {
                "name": f"Coins of {to:g}",
                "rounding": to,
                "rounding_method": method,
                "strategy": "add_invoice_line",
            }
        )
        rule.with_company(self.company).write(
            {
                "profit_account_id": (income or expense).id,
                "loss_account_id": expense.id,
            }
        )
        self.config.write(
            {
                "cash_rounding": True,
                "rounding_method": rule.id,
                "only_round_cash_method": only_cash,
            }
        )
        return rule

    def give_back(self, order, **wire):
        """A return over the API."""
        body = (
            self.env["nu.pos.refund"]
            .with_user(self.ref("user_manager"))
            .submit(str(order.id), wire)
            .body
        )
        self.env.invalidate_all()
        return self.env["pos.order"].browse(body["refund_id"])

    def close_session(self):
        """Close the register; the closing entry."""
        session = self.config.current_session_id
        admin = session.with_user(self.env.ref("base.user_admin")).sudo()
        self.env.flush_all()
        admin.action_pos_session_closing_control()
        if session.state != "closed":
            admin.action_pos_session_close()
        self.env.invalidate_all()
        self.assertEqual(session.state, "closed", "the closing entry is balanced")
        return session.move_id

    def booked(self, move):
        """``(sales, ITBIS, tip)`` of a closing entry or invoice, as credits."""
        sums = {"income": 0.0, "itbis": 0.0, "tip": 0.0}
        for line in move.line_ids:
            if line.tax_line_id:
                sums[line.tax_line_id.nu_kind] -= line.balance
            elif line.account_id.account_type == "income":
                sums["income"] -= line.balance
        return tuple(round(amount, 2) for amount in sums.values())

    def ecf(self, order):
        return self.env["nu.pos.ecf"]._of_ncf(order.nu_ncf_id)
