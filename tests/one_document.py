"""What the tests of numbers and their documents share."""

from odoo import fields

from ..models.evidence.nu_pos_guarded import unsealed
from .account_documents import DocumentCase


class OneDocumentCase(DocumentCase):
    """Odoo's own screen as several people use it, and stored orders."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cashier = cls.ref("user_cashier")
        cls.manager = cls.ref("user_manager")
        cls.waiter = cls.ref("user_waiter")

    def sync_as(self, user, *orders):
        """``sync_from_ui`` as one of the staff calls it; the orders made."""
        Order = self.env["pos.order"].with_user(user)
        Order.sync_from_ui([dict(order) for order in orders])
        self.env.invalidate_all()
        uuids = [order["uuid"] for order in orders]
        return self.env["pos.order"].search([("uuid", "in", uuids)])

    def sold(self, qty=1, **values):
        """A sale of so many dishes at 500.00, on the screen."""
        order = self.screen_order(
            amount_total=640.0 * qty,
            amount_tax=140.0 * qty,
            amount_paid=640.0 * qty,
            **values,
        )
        order["lines"][0][2].update(
            qty=qty, price_subtotal=500.0 * qty, price_subtotal_incl=640.0 * qty
        )
        order["payment_ids"][0][2]["amount"] = 640.0 * qty
        return self.sync(order)

    def browser_refund(self, sale, qty=1, total=None, **values):
        """The return of some of a sale's dishes as a browser sends it: the quantity
        negative, the subtotals of the line positive."""
        total = 640.0 * qty if total is None else total
        order = self.screen_order(
            amount_total=-total,
            amount_tax=-round(total * 140 / 640, 2),
            amount_paid=-total,
            is_refund=True,
            **values,
        )
        order["lines"][0][2].update(
            qty=-qty,
            price_subtotal=round(total * 500 / 640, 2),
            price_subtotal_incl=total,
            refunded_orderline_id=sale.lines.id,
        )
        for _command, _id, payment in order["payment_ids"]:
            payment["amount"] = -total
        return order

    def invoiced(self):
        """A sale of the API with its invoice."""
        self.config.nu_invoice_policy = "always"
        return self.order_of(self.finalize())

    def add_dish(self, order):
        """One dish more on a ticket of the screen, paid."""
        more = self.screen_order()
        order["lines"] += more["lines"]
        order["amount_total"] += 640.0
        order["amount_paid"] += 640.0
        order["payment_ids"][0][2]["amount"] = order["amount_paid"]
        return order

    def rename(self, order, reference):
        """Give an order a name as it could be given before names were the server's."""
        self.past(
            "UPDATE pos_order SET pos_reference = %s WHERE id = %s", reference, order.id
        )

    def past(self, query, *values):
        """What could be done to rows before they were sealed."""
        with unsealed(self.env):
            self.env.cr.execute(query, values)
        self.env.invalidate_all()

    def hub_draft(self, **values):
        body = self.Order._nu_submit(self.draft(**values), finalize=False).body
        self.env.invalidate_all()
        return self.order_of(body)

    def waiting(self, order=None, user=None):
        """A check that is still to be paid: made on the screen, not yet a sale."""
        values = order or self.screen_order("draft")
        return self.sync(values).with_user(user or self.cashier)

    def payment(self, order, amount=None):
        """Values of a payment, as ``add_payment`` gets them."""
        return {
            "pos_order_id": order.id,
            "payment_method_id": self.card.id,
            "amount": order.amount_total if amount is None else amount,
            "payment_date": fields.Datetime.to_string(fields.Datetime.now()),
        }

    def counts(self):
        """Rows of orders and of the ledger: what a refusal must leave as it was."""
        self.env.invalidate_all()
        return (
            self.env["pos.order"].search_count([("state", "!=", "draft")]),
            self.Ncf.search_count([]),
        )

    def assertNoNumberTaken(self, code, function, *args, words=""):
        """The call is refused with this code before a number is taken."""
        before = self.counts()
        with self.env.cr.savepoint():
            problem = self.assertProblem(code, function, *args)
        self.assertIn(words, problem.detail)
        self.assertEqual(self.counts(), before)
        return problem

    def invariant_of(self, prefix):
        rows = self.env["nu.pos.ncf.range"]._invariant()
        [row] = [row for row in rows if row["prefix"] == prefix and row["issued"]]
        return row
