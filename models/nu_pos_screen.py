"""Sales made on Odoo's own point-of-sale screen."""

from decimal import Decimal

from odoo import api, models

from ..fiscal import identity
from .nu_pos_guarded import SCREEN
from .nu_pos_problem import ApiProblem


class NuPosScreen(models.AbstractModel):
    """Gives the paid orders of Odoo's screen their numbers.

    A register numbers what is sold on the screen when it has a default fiscal type.
    """

    _name = "nu.pos.screen"
    _description = "Numbers for Odoo's own POS screen"

    @api.private
    @api.model
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
            for command in order.get("lines") or ():
                if len(command) == 3 and isinstance(command[2], dict):
                    _drop_ours(command[2])
            if order.get("state") in ("paid", "done", "invoiced"):
                wanted.append(order)
        sessions = self.env["pos.session"].browse(
            {order.get("session_id") for order in orders if order.get("session_id")}
        )
        numbered = sessions.exists().filtered("config_id.nu_default_document_type_id")
        numbered._nu_keep_open()
        for order in orders:
            self._spare_sequences(order)
        for order in wanted:
            self._number_order(order)

    @api.private
    @api.model
    def number_form(self, order):
        """The number of a draft that is about to be paid from its form. A number that
        the payment then does not use stays reserved for it."""
        if order.nu_ncf_id:
            return
        values = {
            "session_id": order.session_id.id,
            "uuid": order.uuid,
            "pos_reference": order.pos_reference,
            "partner_id": order.partner_id.id,
            "amount_total": order.amount_total,
            "lines": [
                (0, 0, {"refunded_orderline_id": line.refunded_orderline_id.id})
                for line in order.lines
                if line.refunded_orderline_id
            ],
        }
        self._number_order(values)
        if values.get("nu_ncf_id"):
            order.with_context(nu_screen=SCREEN).write(
                {
                    "nu_ncf_id": values["nu_ncf_id"],
                    "nu_document_type_id": values["nu_document_type_id"],
                }
            )

    @api.model
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
            number = self.env["nu.pos.order.writer"]._next_tracking_number()
            order["sequence_number"] = number % 2**31 or 1
        for index, command in enumerate(order.get("lines") or (), 1):
            if len(command) == 3 and command[0] == 0 and not command[2].get("name"):
                command[2]["name"] = f"{reference}/{index}"

    @api.model
    def _number_order(self, order):
        session = self.env["pos.session"].browse(order.get("session_id")).exists()
        config = session.config_id
        if not config.nu_default_document_type_id:
            return
        known = self.env["pos.order"].search([("uuid", "=", order.get("uuid"))])
        if known and known.state != "draft":
            return
        reference = order.get("pos_reference") or known.pos_reference
        if not reference:
            reference = order["uuid"]
        refunded = self.env["pos.order"]._get_refunded_orders(order)
        kind, document_type = self._document(order, config, refunded, known)
        if document_type.nu_is_electronic:
            self.env["nu.pos.ecf.certificate"]._identity_of(config.company_id)
        with self.env["nu.pos.unit"].beside(self.env) as unit:
            ncf, _created, _replaced = (
                self.env["nu.pos.ncf"]
                .sudo()
                .take(unit, document_type, config, reference, kind=kind)
            )
        order.update(nu_ncf_id=ncf.id, nu_document_type_id=document_type.id)

    @api.model
    def _document(self, order, config, refunded, known):
        """``(kind, type)`` of the document."""
        if refunded:
            original = refunded.nu_document_type_id or (
                config.nu_default_document_type_id
            )
            return "credit_note", original._nu_credit_note(config.company_id)
        partner = self.env["res.partner"].browse(order.get("partner_id") or ())
        buyer = partner - config.nu_default_partner_id
        usual = buyer.nu_document_type_id or config.nu_default_document_type_id
        document_type = known.nu_document_type_id or usual._nu_current(
            config.company_id
        )
        problems = identity.buyer_problem(
            document_type.nu_buyer_rule,
            Decimal(str(order.get("amount_total") or 0)),
            tax_id=buyer.vat or None,
            foreign_id=buyer.nu_foreign_id or None,
            name=buyer.name or None,
            threshold=self.env["nu.pos.sale"]._threshold(),
        )
        if problems:
            raise ApiProblem(problems[0].code, problems[0].message)
        return "sale", document_type


def _drop_ours(values):
    for name in [name for name in values if name.startswith("nu_")]:
        del values[name]
