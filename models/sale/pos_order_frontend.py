"""Where core works on an order: the hooks we lean on."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..evidence.nu_pos_guarded import SCREEN
from ..runtime.clock import CLOCK, Clock, wire_moment
from ..runtime.problem import ApiProblem
from ..runtime.reference import SERVER, refuse_server_reference
from .pos_order import SOURCE
from .pos_order_wire import PAID_STATES
from .screen_numbers import ScreenNumbers
from .tax_totals import TaxTotals
from .ticket import SALE, Ticket

#: In the context of core's way from an order to a paid one, at whose end the document
#: is completed; an object, no caller can send it.
PAYING = object()


class PosOrder(models.Model):
    _inherit = "pos.order"

    def _get_open_order(self, order):
        # EXTENDS 'pos_restaurant'
        # Core takes any draft of the table for the one being synchronised. A check of
        # a hub on that table is another check: it is found by its own uuid only.
        found = super()._get_open_order(order)
        if not found or found.uuid == order.get("uuid") or found.source != SOURCE:
            return found
        same = Domain("uuid", "=", order.get("uuid"))
        on_table = (
            Domain("table_id", "=", order.get("table_id"))
            & Domain("state", "=", "draft")
            & Domain("source", "!=", SOURCE)
        )
        exact = self.search(same, limit=1)
        return exact or self.search(on_table, limit=1, order="id desc")

    @api.model
    def sync_from_ui(self, orders):
        # EXTENDS 'point_of_sale'
        # Odoo's own screen sells on the same registers: its paid orders take their
        # number here, before the transaction writes anything.
        self._nu_check_own(orders)
        voids = self._nu_voids_at_screen(orders)
        ScreenNumbers(self.env).number_orders(orders)
        saving = self.with_context(nu_screen=SCREEN)
        result = super(PosOrder, saving).sync_from_ui(orders)
        if voids:
            self._nu_record_voids(voids)
        return result

    def get_reference_last_part(self):
        # EXTENDS 'point_of_sale'
        # Core names an order after what follows the last dash; references of hubs are
        # opaque, and what follows their last dash may be one digit.
        if self.source == SOURCE:
            return self.pos_reference.rsplit("/", 1)[-1]
        return super().get_reference_last_part()

    # -- Names -----------------------------------------------------------------------

    def _nu_check_reference(self, vals):
        """Nobody but the server names a document as the server does; an order that
        was named so before keeps its name."""
        reference = vals.get("pos_reference")
        own = self.env.context.get("nu_reference") is SERVER
        if not own and any(
            order.pos_reference != reference for order in self or [self]
        ):
            refuse_server_reference(reference)

    # -- Payment ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'point_of_sale'
        for vals in vals_list:
            self._nu_check_reference(vals)
            self._nu_check_paid_at_once(vals)
        return super().create(vals_list)

    def _nu_check_paid_at_once(self, vals):
        """An order is paid by what core does after it has created it; a row that is
        born paid would have no number."""
        if vals.get("state") not in PAID_STATES or vals.get("nu_ncf_id"):
            return
        if self.env.context.get("nu_paying") is PAYING:
            return
        session = self.env["pos.session"].browse(vals.get("session_id"))
        if session.config_id.nu_default_document_type_id:
            raise UserError(
                self.env._(
                    "%s issues fiscal numbers: an order is entered as new, then paid.",
                    session.config_id.display_name,
                )
            )

    def write(self, vals):
        # EXTENDS 'point_of_sale'
        if "pos_reference" in vals:
            self._nu_check_reference(vals)
        paying = self.browse()
        if (
            vals.get("state") in PAID_STATES
            and self.env.context.get("nu_paying") is not PAYING
        ):
            # payment terminals and free orders of guests come here directly
            paying = self.filtered(lambda order: order.state not in PAID_STATES)
        result = super().write(vals)
        for order in paying:
            if order._nu_number_payment():
                order._nu_check_paid_up()
                order._nu_complete()
        return result

    def _nu_check_paid_up(self):
        """A numbered sale is paid in full, but for what cash rounds away."""
        rounded = self.config_id.sudo()._nu_cash_rule().rounding
        due = abs(self.amount_total - self.amount_paid)
        if self.currency_id.compare_amounts(due, rounded) > 0:
            raise UserError(self.env._("Order %s is not fully paid.", self.name))

    def add_payment(self, data):
        # EXTENDS 'point_of_sale'
        # A payment that completes an order makes it a sale: its number is taken while
        # the request has written nothing yet.
        if self.state == "draft" and not self.sudo().nu_ncf_id:
            due = self.amount_total - self.amount_paid - (data.get("amount") or 0.0)
            if self.currency_id.is_zero(due):
                ScreenNumbers(self.env).reserve_ahead(self)
        return super().add_payment(data)

    @api.model
    def _process_order(self, order, existing_order):
        # EXTENDS 'point_of_sale'
        orders = self.with_context(nu_paying=PAYING)
        if existing_order:
            existing_order = existing_order.with_context(nu_paying=PAYING)
        return super(PosOrder, orders)._process_order(order, existing_order)

    def _process_saved_order(self, draft):
        # EXTENDS 'point_of_sale'
        # The number is issued before core makes the invoice that carries it.
        order, paid = self.with_context(nu_paying=PAYING), False
        if not draft and self.state != "cancel":
            paid = order._nu_number_payment()
        result = super(PosOrder, order)._process_saved_order(draft)
        if not draft and self.state in PAID_STATES:
            if paid or not self.sudo().nu_ncf_id or self._nu_is_api():
                self._nu_complete()
        return result

    def _nu_is_api(self):
        """Whether the API is at work, which judges and audits by itself."""
        return self.env.context.get("nu_sale") is SALE

    def _nu_number_payment(self):
        """Issue the number of an order that is being paid; take it, if need be.

        Whoever pays an order, a number stands on it alone: reserved for this very
        order, or issued to it before.

        :return: whether it was issued just now
        :raise ApiProblem: for a number that is another document's, for what is no
            document, for a return of more than is left
        """
        self.ensure_one()
        order = self.sudo()
        ncf = order.nu_ncf_id
        if ncf and ncf.order_id == order:
            return False
        if not ncf and not self._nu_is_api():
            ncf = ScreenNumbers(self.env).number_late(self).sudo()
            if ncf:
                order.write(
                    {
                        "nu_ncf_id": ncf.id,
                        "nu_document_type_id": ncf.document_type_id.id,
                    }
                )
        if (ncf and not self._nu_is_api()) or (order.is_refund and self._nu_is_api()):
            ticket = Ticket.of_order(order)
            original = ticket.original()
            if original:
                ticket.check_return(original, serialize=True)
                order.is_refund = True
                order._nu_check_paid_back()
        if not ncf:
            return False
        if order.source == SOURCE and not order.payment_ids:
            raise ApiProblem("PAYMENT_MISSING")
        order.write(order._nu_buyer_now())
        if not self._nu_is_api():
            order._nu_settle_date()
            order._nu_split_taxes()
        # what the database holds when the number is issued is sealed there
        order.flush_recordset()
        order.lines.flush_recordset()
        order.payment_ids.flush_recordset()
        ncf._issue([order])
        return True

    def _nu_settle_date(self):
        """Date a sale of a browser by the server where the browser's clock is not to be
        believed, see :class:`~.nu_pos_clock.Clock`."""
        self.ensure_one()
        clock = Clock(self.session_id)
        payments = self.payment_ids.filtered(
            lambda payment: not clock.believes(payment.payment_date)
        )
        if payments:
            payments.payment_date = clock.now
        told = self.date_order
        if clock.believes(told):
            return
        warning = {"code": CLOCK, "path": "date_order", "message": clock.told(told)}
        self.write(
            {
                "date_order": clock.now,
                "nu_warnings": [*(self.nu_warnings or ()), warning],
            }
        )
        self.env["nu_restaurant_pos.order_audit"]._record(
            "sale_warning",
            company=self.company_id,
            pos_reference=self.pos_reference,
            order=self,
            payload={"warnings": [{**warning, "given": wire_moment(told)}]},
        )

    def _nu_sign(self):
        """Sign the document of the sale's number; paper has no signature, see the
        floor of e-CF."""

    def _nu_complete(self):
        """What follows payment: the signature, the audit."""
        self.ensure_one()
        # after the invoice, before the answer: what is told is what was signed
        self._nu_sign()
        if self._nu_is_api():
            return
        self.env["nu_restaurant_pos.order_audit"]._record(
            "pos_finalize",
            company=self.company_id,
            pos_reference=self.pos_reference,
            order=self,
            ncf=self.nu_ncf or None,
            payload={
                "register": self.config_id.id,
                "session": self.session_id.id,
                "amount_total": f"{self.amount_total:.2f}",
            },
        )

    def _nu_split_taxes(self):
        """Keep ITBIS and legal tip apart, for an order that Odoo's screen computed."""
        self.ensure_one()
        Tax = self.env["account.tax"]
        base_lines = self.lines._prepare_tax_base_line_values()
        Tax._add_tax_details_in_base_lines(base_lines, self.company_id)
        Tax._round_base_lines_tax_details(base_lines, self.company_id)
        tip = sum(
            data["tax_amount_currency"]
            for base_line in base_lines
            for data in base_line["tax_details"]["taxes_data"]
            if data["tax"].nu_is_tip
        )
        # core turns the quantities of a return round before it computes
        sign = -1 if self.amount_total < 0 else 1
        tip = self.currency_id.round(sign * tip)
        totals = TaxTotals(self.currency_id)
        for base_line in base_lines:
            totals.add_base_line(base_line, sign)
        self.sudo().write(
            {
                "nu_tax_totals": totals.as_list(),
                "nu_amount_tip": tip,
                "nu_amount_itbis": self.currency_id.round(self.amount_tax - tip),
            }
        )

    def _prepare_refund_values(self, current_session):
        # EXTENDS 'point_of_sale'
        # A return begun on the order's form is Odoo's own, whoever made the sale.
        return {**super()._prepare_refund_values(current_session), "source": "pos"}

    def action_pos_order_paid(self):
        # EXTENDS 'point_of_sale'
        # A return pays back what was paid, which its own sale tells (``PaidBack``);
        # core asks how the register rounds today.
        judged = self.source == SOURCE and self.nu_mode == "return"
        if judged or self._nu_pays_back_due():
            self.write({"state": "paid"})
            return True
        return super().action_pos_order_paid()

    def _generate_pos_order_invoice(self):
        # EXTENDS 'point_of_sale'
        # A PDF made inside the sale would lack for ever the timbre that is signed after
        # it, and a paid sale would be undone where no PDF can be made. Odoo's own job
        # makes and sends it after the commit; the browser gets a fresh one.
        asked = self.env.context.get("generate_pdf", True)
        if not asked or self.company_id.account_fiscal_country_id.code != "DO":
            return super()._generate_pos_order_invoice()
        orders = self.with_context(generate_pdf=False)
        invoice = super(PosOrder, orders)._generate_pos_order_invoice()
        invoice.sudo().sending_data = {
            "author_user_id": self.env.uid,
            "author_partner_id": self.env.user.partner_id.id,
        }
        self.env.ref("account.ir_cron_account_move_send").sudo()._trigger()
        return invoice

    def _prepare_invoice_vals(self):
        # EXTENDS 'point_of_sale'
        vals = super()._prepare_invoice_vals()
        rounded = self.filtered(lambda order: order._nu_rounding())
        # core names the register's rule, used or not, and the invoice would follow it:
        # another total than that of the receipt
        rule = rounded.config_id._nu_rounding_rule() if rounded else False
        vals["invoice_cash_rounding_id"] = rule and rule.id
        if not any(order._nu_alias() for order in self):
            # the number of a tab is no narration
            vals.pop("narration", None)
        ncf = self.nu_ncf_id if len(self) == 1 else self.nu_ncf_id.browse()
        # said even where there is none: an invoice of orders is numbered by them
        vals["nu_document_type_id"] = ncf.document_type_id.id
        if ncf:
            # the day of an invoice is the day of its number, never that of a till
            vals.update(
                self._nu_buyer_values(),
                nu_ncf_id=ncf.id,
                invoice_date=ncf.date_issued_day,
            )
        return vals

    def _create_invoice(self, move_vals):
        # EXTENDS 'point_of_sale'
        # What cash rounded is booked by what was paid. Core does so only while the
        # register rounds, and its returns come later.
        invoice = super()._create_invoice(move_vals)
        if not self.config_id.filtered("cash_rounding"):
            difference = sum(order._nu_rounding() for order in self)
            self._nu_book_rounding(invoice, difference)
        return invoice

    def _nu_book_rounding(self, invoice, difference):
        """Make the rounding line of an invoice what was paid less its total.

        :param difference: signed as the orders are
        """
        currency = invoice.currency_id
        line = invoice.line_ids.filtered(
            lambda line: line.display_type == "rounding" and not line.tax_line_id
        )
        # an invoice credits what it earns, and its rounding too
        wanted = currency.round(-difference)
        change = currency.round(wanted - sum(line.mapped("amount_currency")))
        if currency.is_zero(change):
            return
        rate = invoice.invoice_currency_rate or 1
        balance = invoice.company_currency_id.round(change / rate)
        if line:
            commands = [
                Command.update(
                    line.id,
                    {
                        "amount_currency": line.amount_currency + change,
                        "balance": line.balance + balance,
                    },
                )
            ]
        else:
            rule = invoice.invoice_cash_rounding_id
            commands = [
                Command.create(
                    {
                        "name": rule.name,
                        "amount_currency": change,
                        "balance": balance,
                        "currency_id": currency.id,
                        "display_type": "rounding",
                        "account_id": self.config_id[:1]
                        ._nu_rounding_account(wanted > 0)
                        .id,
                    }
                )
            ]
        due = invoice.line_ids.filtered(
            lambda line: line.display_type == "payment_term"
        ).sorted(lambda line: -abs(line.amount_currency))[:1]
        commands.append(
            Command.update(
                due.id,
                {
                    "amount_currency": due.amount_currency - change,
                    "balance": due.balance - balance,
                },
            )
        )
        with invoice._check_balanced({"records": invoice}):
            invoice.with_context(skip_invoice_sync=True).line_ids = commands
