"""Another document for a sale: its first one, or one of another type."""

from odoo import api, models
from odoo.fields import Command

from ...fiscal import calendar
from ...schemas.fiscal_document import DocumentRequest
from ...schemas.refund import Refund
from ..runtime.nu_pos_answering import Answer
from ..runtime.problem import ApiProblem, Findings
from ..runtime.reference import SERVER
from ..runtime.reference_resolver import ReferenceResolver
from ..runtime.unit_of_work import unit_of_work
from ..runtime.wire import reads
from .order_writer import OrderWriter
from .pos_config import register_of, session_gate
from .pos_order_wire import PAID_STATES
from .pos_payment import PAST_METHODS


def _references(order, kind):
    """The server's references of the new sale and of the note before it."""
    reference = f"FD/{order.id}/{kind.doc_code_prefix}"
    return reference, f"{reference}/N"


class NuPosReissue(models.AbstractModel):
    """A sale without number gets one. A consumer receipt becomes a document of another
    type by a note that takes it back and a new sale of the same lines and payments: no
    sale ever has two live numbers (NG 05-2019; Formato e-CF note 81).
    """

    _name = "nu.pos.reissue"
    _description = "Another document for a POS sale"

    @api.private
    @api.model
    @reads
    def submit(self, wire: DocumentRequest, idempotency=None):
        """``POST /fiscal-documents``."""
        order = self._find(wire.order_ref)
        self.env["nu.pos.permission"].require("payment", order.config_id)
        kind = self.env["l10n_latam.document.type"]._nu_find(
            wire.fiscal_type, sale=True
        )
        kind._nu_check_sale()
        Refund_ = self.env["nu.pos.refund"]
        entitled = None
        if order.nu_ncf_id:
            entitled = Refund_._entitle("refund", "refund", order, wire)
        return self._reissue(
            order.config_id, order, kind, wire, entitled, idempotency=idempotency
        )

    @unit_of_work(
        lock=lambda _service, _config, order, kind, *_more: [
            order._nu_own_key(),
            *(
                order._nu_lock_key(order.company_id.id, reference)
                for reference in _references(order, kind)
            ),
        ],
        shares=session_gate,
        register=register_of,
    )
    def _reissue(self, unit, config, order, kind, wire, entitled):
        reference, note_reference = _references(order, kind)
        partner = self._partner(wire, order, config)
        if not order.nu_ncf_id:
            return self._first(unit, order, config, kind, partner)
        refunds = self.env["nu.pos.refund"]
        name, new = order._nu_free_reference(
            order.company_id,
            reference,
            lambda other: other.nu_reissue_of_id == order,
        )
        note_name, note = refunds._known(order, note_reference)
        if new:
            refunds._check_was_shown(entitled, order, wire)
            return self._answer(new, note, False)
        refunds._check_shown(entitled, order, wire, order.amount_total)
        answer = self._change(unit, order, config, kind, partner, name, note_name)
        refunds._use(entitled, order, wire, order.amount_total)
        return answer

    @api.private
    @unit_of_work(
        lock=lambda _service, _config, note: [note.refunded_order_id._nu_own_key()],
        shares=session_gate,
        register=register_of,
        permission="refund",
    )
    def number_note(self, unit, config, note):
        """Number a return that was made without number, unless it has one by now."""
        if not note.nu_ncf_id:
            self._first_note(unit, note, config)

    @api.model
    def _find(self, reference):
        reader = self.env["nu.pos.order.reader"]
        try:
            order = reader.find(reference)
        except ApiProblem as problem:
            if problem.code != "NOT_FOUND":
                raise
            order = reader.find(reference, key="pos_reference")
        if order.state not in PAID_STATES or order.is_refund:
            raise ApiProblem(
                "CONFLICT",
                "Only a paid sale gets a document",
                current=order._nu_current(),
            )
        return order

    @api.model
    def _partner(self, wire, order, config):
        findings = Findings()
        partner = order.partner_id
        if wire.partner_id or wire.customer:
            path = "partner_id" if wire.partner_id else "customer"
            partner = ReferenceResolver(self.env).one(
                "customer", wire.partner_id or wire.customer, path, findings, config
            )
            findings.raise_if_any()
        return partner

    @api.model
    def _check_buyer(self, kind, partner, order):
        sale = self.env["nu.pos.sale"]
        findings = Findings()
        sale._check_buyer_of(
            kind,
            partner - order.config_id.nu_default_partner_id,
            order.amount_total,
            findings,
        )
        findings.raise_if_any()
        kind._nu_check_can_sign(order.company_id)

    @api.model
    def _first(self, unit, order, config, kind, partner):
        """The number of a sale that was made without one."""
        self._check_buyer(kind, partner, order)
        if kind.nu_is_exempt and order.nu_amount_itbis:
            raise ApiProblem(
                "CONFLICT", "The sale bears ITBIS, a document of this type does not"
            )
        invoice = order.account_move
        if invoice and invoice.commercial_partner_id != partner.commercial_partner_id:
            raise ApiProblem(
                "CONFLICT",
                f"The sale is invoiced to {invoice.partner_id.display_name}",
            )
        ncf, _created, _replaced = self.env["nu.pos.ncf"].take(
            unit, kind, config, order.pos_reference, unissued=True, server_named=True
        )
        order.write(
            {
                "nu_ncf_id": ncf.id,
                "nu_document_type_id": kind.id,
                "partner_id": partner.id,
                **(partner - config.nu_default_partner_id)._nu_buyer_values(),
            }
        )
        if not order.nu_amount_itbis and not order.nu_amount_tip:
            order._nu_split_taxes()
        order.flush_recordset()
        ncf._issue([order])
        if invoice:
            invoice.sudo().write({"nu_ncf_id": ncf.id, **order._nu_buyer_values()})
        elif kind.nu_buyer_rule in ("required", "special", "name"):
            order.action_pos_order_invoice()
        order._nu_sign()
        self._record(order, ncf, None, late=True)
        return self._answer(order, self.env["pos.order"], True)

    @api.model
    def _first_note(self, unit, note, config):
        """The number of a return that was made without one, of a sale that has one."""
        original = note.refunded_order_id
        if not original.nu_ncf_id:
            raise ApiProblem("CONFLICT", "The sale that was given back has no number")
        kind = original.nu_document_type_id._nu_credit_note(note.company_id)
        kind._nu_check_can_sign(note.company_id)
        ncf, _created, _replaced = self.env["nu.pos.ncf"].take(
            unit,
            kind,
            config,
            note.pos_reference,
            kind="credit_note",
            unissued=True,
            server_named=True,
        )
        note.write(
            {
                "nu_ncf_id": ncf.id,
                "nu_document_type_id": kind.id,
                **original._nu_buyer_values(),
            }
        )
        if not note.nu_amount_itbis and not note.nu_amount_tip:
            note._nu_split_taxes()
        note.flush_recordset()
        ncf._issue([note])
        note._nu_sign()
        self._record(note, ncf, None, late=True)

    @api.model
    def _change(self, unit, order, config, kind, partner, reference, note_reference):
        """Take the first receipt back and make the sale again under the new type."""
        if kind == order.nu_document_type_id:
            raise ApiProblem(
                "CONFLICT",
                f"The sale has a document of type {kind.doc_code_prefix} already",
                fiscal=order.nu_ncf_id._fiscal_block(order.account_move),
            )
        if kind.nu_is_exempt != order.nu_document_type_id.nu_is_exempt:
            raise ApiProblem(
                "CONFLICT", "The taxes of the sale are not those of this type"
            )
        self._check_buyer(kind, partner, order)
        session = config._nu_open_session()
        if not session:
            raise ApiProblem("SESSION_CLOSED")
        if order.refund_orders_count:
            raise ApiProblem("CONFLICT", "Part of the sale was given back already")
        # both numbers, before anything is written
        ncf, _created, _replaced = self.env["nu.pos.ncf"].take(
            unit, kind, config, reference, unissued=True, server_named=True
        )
        back = self.env["nu.pos.refund"]._give_back(
            unit, order, config, Refund(reason="change of type"), note_reference, None
        )
        note = self.env["pos.order"].browse(back.body["refund_id"])
        new = self._again(order, session, kind, partner, ncf, reference)
        self._record(new, ncf, note)
        return self._answer(new, note, True)

    @api.model
    def _again(self, order, session, kind, partner, ncf, reference):
        writer = OrderWriter(self.env)
        buyer = partner - order.config_id.nu_default_partner_id
        values = {
            **writer.values_like(order, session, reference, ncf),
            "partner_id": partner.id,
            **buyer._nu_buyer_values(),
            "amount_total": order.amount_total,
            "amount_tax": order.amount_tax,
            "to_invoice": order.config_id.nu_invoice_policy == "always"
            or kind.nu_buyer_rule in ("required", "special", "name"),
            "lines": [
                writer.line_like(line, nu_client_id=line.nu_client_id)
                for line in order.lines.filtered("qty")
            ],
            "payment_ids": self._payments(order),
            "nu_mode": "order",
            "nu_amount_tip": order.nu_amount_tip,
            "nu_amount_itbis": order.nu_amount_itbis,
            "nu_tax_totals": order.nu_tax_totals,
            "nu_reissue_of_id": order.id,
        }
        orders = self.env["pos.order"].with_context(
            nu_reference=SERVER,
            # paid as it was, also by a method that has left the register since
            nu_past_methods=PAST_METHODS,
        )
        new = self.env["pos.order"].browse(orders._process_order(values, False))
        new._ensure_access_token()
        return new

    @api.model
    def _payments(self, order):
        """What each method holds of the sale, change netted."""
        held = {}
        for payment in order.payment_ids:
            method = payment.payment_method_id
            held[method] = held.get(method, 0.0) + payment.amount
        return [
            Command.create({"payment_method_id": method.id, "amount": amount})
            for method, amount in held.items()
            if order.currency_id.round(amount)
        ]

    @api.model
    def _record(self, order, ncf, note, late=False):
        self.env["nu_restaurant_pos.order_audit"]._record(
            "reissue",
            company=order.company_id,
            pos_reference=order.pos_reference,
            order=order,
            ncf=ncf.name,
            payload={
                "note": note.nu_ncf if note else None,
                **(
                    {"sold": str(calendar.fiscal_day(order.date_order))} if late else {}
                ),
            },
        )

    @api.model
    def _answer(self, order, note, created):
        body = {**order._nu_answer(created=created), "note": note.nu_ncf or None}
        return Answer(body, replayed=not created)
