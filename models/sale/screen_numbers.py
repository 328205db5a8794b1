"""Numbers of sales made on Odoo's own screen, on its forms and by other addons."""

from decimal import Decimal
from functools import partial

from ...fiscal import identity
from ..runtime.nu_pos_unit import Unit, has_written
from ..runtime.problem import ApiProblem
from ..runtime.reference import refuse_server_reference
from ..runtime.service import Service
from .order_writer import OrderWriter
from .pos_order_wire import PAID_STATES
from .screen_limits import ScreenLimits
from .ticket import Ticket

#: Orders of guests, which their payment makes sales, see ``pos.order.add_payment``.
SELF_ORDERED = ("mobile", "kiosk")


class ScreenNumbers(Service):
    """Gives the paid orders that are not the API's their numbers.

    A register numbers its sales when it has a default fiscal type; the return of a
    numbered sale is a credit note on any register.
    """

    def number_orders(self, orders):
        """Take a number for each paid order of ``sync_from_ui`` that has none, and put
        it into its values.

        Runs before the request writes anything. Values of ours that a browser sends
        are dropped: a client never chooses a number.
        """
        wanted = []
        for order in orders:
            _drop_ours(order)
            if order.get("source") == "nu_hub":
                del order["source"]
            for name in ("lines", "payment_ids"):
                for command in order.get(name) or ():
                    if len(command) == 3 and isinstance(command[2], dict):
                        _drop_ours(command[2])
            if order.get("state") in (*PAID_STATES, "invoiced"):
                wanted.append(order)
        sessions = self.env["pos.session"].browse(
            {order.get("session_id") for order in orders if order.get("session_id")}
        )
        sessions = sessions.exists()
        numbered = sessions.filtered("config_id.nu_default_document_type_id")
        numbered._nu_keep_open(self._locks(wanted, sessions))
        for order in orders:
            self._spare_sequences(order)
            if order not in wanted:
                self._note_approved(order)
        for order in wanted:
            self._number_order(order)

    def _locks(self, orders, sessions):
        """Keys under which these orders are paid: their own, as the API has them, and
        those of the sales that come back, so that no two returns take the same rest."""
        Order = self.env["pos.order"]
        config_of = {session.id: session.config_id for session in sessions}
        keys = []
        for order in orders:
            config = config_of.get(order.get("session_id"))
            if not config:
                continue
            company = config.company_id.id
            known = self._known(order)
            if known.state not in (False, "draft"):
                continue
            reference = order.get("pos_reference") or known.pos_reference
            if reference:
                keys.append(Order._nu_lock_key(company, reference))
            for original in Ticket.of_values(config, known, order).originals():
                keys.append(Order._nu_lock_key(company, original.pos_reference))
                # annulled by whoever has the lock now?
                original.nu_ncf_id.invalidate_recordset(flush=False)
        return keys

    def _known(self, order):
        """The order that the browser sends, if the server has it already."""
        return self.env["pos.order"].search([("uuid", "=", order.get("uuid"))], limit=1)

    def _spare_sequences(self, order):
        """Give an order and its lines the numbers core would draw from sequences that
        one transaction at a time can use: two cashiers would make each other fail, and
        Odoo's pauses between its tries would keep the workers from everybody else.

        They have no meaning in law here; the NCF has.
        """
        session = self.env["pos.session"].browse(order.get("session_id")).exists()
        reference = order.get("pos_reference")
        if not (reference and session.config_id.nu_default_document_type_id):
            return
        if not order.get("sequence_number"):
            number = OrderWriter(self.env)._next_tracking_number()
            order["sequence_number"] = number % 2**31 or 1
        for index, command in enumerate(order.get("lines") or (), 1):
            if len(command) == 3 and command[0] == 0 and not command[2].get("name"):
                command[2]["name"] = f"{reference}/{index}"

    def _note_approved(self, order):
        """Keep what somebody with the right did to a check that is saved."""
        session = self.env["pos.session"].browse(order.get("session_id")).exists()
        if session.config_id.nu_default_document_type_id and not self.env.su:
            known = self._known(order)
            limits = ScreenLimits(session.config_id, known, order, self.env.user)
            order.update(limits.approved())

    def _number_order(self, order):
        session = self.env["pos.session"].browse(order.get("session_id")).exists()
        config = session.config_id
        known = self._known(order)
        if known.state not in (False, "draft"):
            return
        ticket = Ticket.of_values(config, known, order)
        original = self._judge(ticket, config)
        if original is None:
            return
        if order.get("source") in SELF_ORDERED and self.env.su:
            raise ApiProblem(
                "VALIDATION", self.env._("A guest's order is paid by its payment.")
            )
        reference = (
            order.get("pos_reference") or known.pos_reference or order.get("uuid")
        )
        if reference != known.pos_reference:
            refuse_server_reference(reference)
        # the number is reserved for the reference that the order will have
        order["pos_reference"] = reference
        if original:
            order["is_refund"] = True
            employee = self.env["hr.employee"].sudo().browse(order.get("employee_id"))
            ticket.check_right(self.env.user, employee.exists())
        elif not self.env.su:
            ScreenLimits(config, known, order, self.env.user).check()
        partner = self.env["res.partner"].browse(order.get("partner_id") or ())
        kind, document_type = self._document(
            config, original, partner, ticket.total, known.nu_document_type_id
        )
        with self.env["nu.pos.unit"].beside(self.env) as unit:
            ncf = self._take(unit, config, document_type, reference, kind, bool(known))
        order.update(nu_ncf_id=ncf.id, nu_document_type_id=document_type.id)

    def _judge(self, ticket, config):
        """The sale that comes back, an empty set for a sale; None for what is not
        numbered here.

        :raise ApiProblem: in the words of a cashier
        """
        numbers = bool(config.nu_default_document_type_id)
        if not numbers and not any(
            original.nu_ncf_id for original in ticket.originals()
        ):
            return None
        original = ticket.original()
        if original:
            ticket.check_return(original)
            ticket.check_taxes(original)
            ticket.check_numbered(original)
        return original

    # -- Of a stored order -----------------------------------------------------------

    def reserve_ahead(self, order):
        """The number of a draft that is about to be paid elsewhere than on the screen:
        durably, where the request has written nothing yet. A payment at a terminal may
        be taken by now, it is not to be asked for again because a number is."""
        own = self.env["nu.pos.unit"]._has_own_connections()
        if own and has_written(self.env.cr):
            return
        with self.env["nu.pos.unit"].beside(self.env) as unit:
            self._take_for_order(unit, order)

    def number_late(self, order):
        """The number of an order that is being paid and has none: taken in the very
        transaction that pays, it goes back with it.

        :return: ``nu.pos.ncf``; empty where the order is not to be numbered
        """
        return self._take_for_order(Unit(self.env), order)

    def _take_for_order(self, unit, order):
        config = order.config_id
        ticket = Ticket.of_order(order)
        original = self._judge(ticket, config)
        ledger = self.env["nu.pos.ncf"].sudo()
        if original is None:
            return ledger
        if original and not self.env.su:
            ticket.check_right(self.env.user, self.env["hr.employee"])
        elif not self.env.su:
            ScreenLimits(config, order, {}, self.env.user).check()
        kind, document_type = self._document(
            config,
            original,
            order.partner_id,
            order.amount_total,
            order.nu_document_type_id,
        )
        ncf = self._take(
            unit, config, document_type, order.pos_reference, kind, server_named=True
        )
        return ledger.browse(ncf.id)

    # -- Taking ----------------------------------------------------------------------

    def _take(self, unit, config, document_type, reference, kind, server_named):
        """The number of a document that is being paid.

        One of another type that a failed try left, and that nobody was shown, goes
        back: the cashier has chosen another customer since.
        """
        document_type._nu_check_can_sign(config.company_id)
        ledger = self.env["nu.pos.ncf"].sudo()
        take = partial(
            ledger.take,
            unit,
            document_type,
            config,
            reference,
            kind=kind,
            unissued=True,
            server_named=server_named,
        )
        try:
            return take()[0]
        except ApiProblem as problem:
            held = ledger._live(config.company_id, reference, kind)
            if problem.code != "CONFLICT" or held.state != "reserved":
                raise
            if not held.told:
                return take(replace=True)[0]
            raise ApiProblem(
                "CONFLICT",
                self.env._(
                    "A terminal was given %(number)s for this order, and it is to be a "
                    "%(type)s: finish or release it there.",
                    number=held.name,
                    type=document_type.doc_code_prefix,
                ),
                fiscal=held._fiscal_block(),
            ) from problem

    def _document(self, config, original, partner, total, chosen):
        """``(kind, type)`` of the document.

        :param chosen: type that a hub chose for its draft; empty for none
        """
        company = config.company_id
        if original:
            document_type = original.sudo().nu_document_type_id
            return "credit_note", document_type._nu_credit_note(company)
        buyer = partner - config.nu_default_partner_id
        usual = buyer.nu_document_type_id or config.nu_default_document_type_id
        document_type = chosen or usual._nu_current(company)
        problems = identity.buyer_problem(
            document_type.nu_buyer_rule,
            Decimal(str(total or 0)),
            tax_id=buyer.vat or None,
            foreign_id=buyer.nu_foreign_id or None,
            name=buyer.name or None,
            threshold=self.env["l10n_latam.document.type"]._nu_consumer_threshold(),
        )
        if problems:
            raise ApiProblem(
                problems[0].code,
                self.env._(
                    "%(partner)s needs a valid RNC or cédula and a name for a "
                    "%(type)s.",
                    partner=buyer.display_name or self.env._("The customer"),
                    type=document_type.display_name,
                ),
            )
        return "sale", document_type


def _drop_ours(values):
    for name in [name for name in values if name.startswith("nu_")]:
        del values[name]
