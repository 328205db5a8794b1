"""New orders, many in one go."""

from odoo import fields
from odoo.fields import Command

from ..evidence.nu_pos_guarded import UNSEALED
from ..runtime.sale_reads import SaleReads
from ..runtime.service import Service

#: What core does for one order at a time and is done here for many. An addon that
#: extends one of them is not left out: then core does it, one order at a time.
REPLACED = ("_process_order", "_process_payment_lines")
#: The same of lines: what they cost us.
REPLACED_OF_LINES = ("_compute_total_cost", "_is_product_storable_fifo_avco")
#: Whose versions of them this file knows.
KNOWN = {
    "point_of_sale",
    # says that core is on its way to a paid order; so does what follows here
    "nu_restaurant_pos",
    # online payments of drafts; drafts of ours have no payments
    "pos_online_payment",
}


class OrderMaker(Service):
    """Makes new orders with one ``pos.order.create`` for all.

    Stands for these methods of ``pos.order``, which write an order five times over:

    * ``_process_order``: the session is open, the customer exists and the company is
      known, all of it judged before; creates the order;
    * ``_process_payment_lines``: adds the change as a payment and sums the payments up;
      here both are among the values of the order. Where the register rounds cash,
      core's ``_compute_prices`` runs on orders with change, as it does there.

    What follows is core's own, order by order, with all its extensions:
    ``_process_saved_order`` (paid in full? picking, cost, invoice). It finds the state,
    the name and the cost of the lines (``_compute_total_cost``) in place and has little
    to write; only what is valued by its stock moves still needs them.
    """

    def make(self, jobs, values_list):
        """Create the order of each job and put it there.

        :param values_list: for each job the values of its order
        """
        if not jobs:
            return
        if not self._core_is_plain("pos.order", REPLACED):
            self._make_by_core(jobs, values_list)
            return
        for job, values in zip(jobs, values_list, strict=True):
            if job.finalize:
                self._complete(job, values)
            self._add_related(job, values)
        if self._core_is_plain("pos.order.line", REPLACED_OF_LINES):
            for job, values in zip(jobs, values_list, strict=True):
                if job.finalize:
                    self._add_costs(job, values)
        # none of these is issued yet: its lines and payments need not ask the ledger
        creating = self.env["pos.order"].with_context(nu_unsealed=UNSEALED)
        orders = creating.create(values_list).with_env(self.env)
        for job, order in zip(jobs, orders, strict=True):
            job.order = order
        sold = [job for job in jobs if job.finalize]
        if sold:
            rounded = [
                job.order
                for job in sold
                if job.sale.amount_return and job.config.cash_rounding
            ]
            if rounded:
                changed = self.env["pos.order"].union(*rounded)
                changed._compute_prices()
                # what the database holds when the number is issued is sealed there
                changed.flush_recordset()
            numbers = self.env["nu.pos.ncf"].browse(job.ncf.id for job in sold)
            numbers._issue([job.order for job in sold])
            reads = SaleReads(self.env)
            reads.fetch(reads.fetch(numbers).range_id)
        for job in jobs:
            job.order._process_saved_order(not job.finalize)

    def _core_is_plain(self, model, names):
        """Has nobody but those we know a say in what is replaced here?"""
        return KNOWN.issuperset(
            cls._module
            for cls in type(self.env[model]).__mro__
            for name in names
            if name in vars(cls)
        )

    def _make_by_core(self, jobs, values_list):
        Order = self.env["pos.order"]
        for job, values in zip(jobs, values_list, strict=True):
            # core wants change negative
            values["amount_return"] = -job.sale.amount_return
            job.order = Order.browse(Order._process_order(values, False))

    # -- Values ------------------------------------------------------------------------

    def _complete(self, job, values):
        """Add what core writes after it has created the order."""
        sale, config = job.sale, job.config
        paid = sum(amount for _method, amount, _wire in sale.payments)
        values["amount_paid"] = paid
        if sale.amount_return:
            values["payment_ids"].append(self._change(sale))
            values["amount_paid"] = config.currency_id.round(paid - sale.amount_return)
            values["amount_return"] = sale.amount_return
            values["amount_difference"] = values["amount_paid"] - sale.amount_total
        draft = self.env["pos.order"].new(
            {name: values[name] for name in ("pos_reference", "source", "session_id")}
        )
        values["name"] = draft._compute_order_name(sale.session)

    def _add_related(self, job, values):
        """Stored copies of the order's fields: given here, they are inserted with the
        row instead of computed and updated after it."""
        config, session = job.config, job.sale.session
        values["config_id"] = config.id
        seller = self.env["res.users"].browse(values["user_id"])
        values["cashier"] = (job.sale.employee or seller).name
        of_order = {"company_id": config.company_id.id}
        of_payment = {
            **of_order,
            "session_id": session.id,
            "employee_id": values["employee_id"],
        }
        for _command, _id, line in values["lines"]:
            line.update(of_order)
        for _command, _id, payment in values.get("payment_ids", ()):
            payment.update(of_payment)

    def _add_costs(self, job, values):
        """What plain products cost; others wait for the moves of their stock."""
        currency = job.config.currency_id
        for line, (_command, _id, line_values) in zip(
            job.sale.lines, values["lines"], strict=True
        ):
            product = line.product
            moves = product.is_storable and product.cost_method in ("fifo", "average")
            if not moves and product.sudo().cost_currency_id == currency:
                line_values["total_cost"] = line_values["qty"] * product.standard_price
                line_values["is_total_cost_computed"] = True

    def _change(self, sale):
        method = sale.config.payment_method_ids.filtered("is_cash_count")[:1]
        if not method:
            # a cash method that was taken off the register since
            used = (method for method, _amount, _wire in sale.payments)
            method = next((method for method in used if method.is_cash_count), method)
        return Command.create(
            {
                "name": self.env._("return"),
                "amount": -sale.amount_return,
                "payment_date": fields.Datetime.now(),
                "payment_method_id": method.id,
                "nu_kind": method._nu_api_type(),
                "is_change": True,
            }
        )
