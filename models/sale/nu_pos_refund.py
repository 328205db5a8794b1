"""What comes back: returns of paid orders, with their notes."""

from odoo import api, models

from ...fiscal.canonical import fingerprint, floats_to_decimal
from ...schemas.refund import Cancel, CreditNote, Original, Refund
from ..access.res_users import HUB_GROUP
from ..runtime.nu_pos_answering import Answer
from ..runtime.problem import ApiProblem, Findings
from ..runtime.reference import SERVER, is_server_reference, refuse_server_reference
from ..runtime.reference_resolver import ReferenceResolver
from ..runtime.unit_of_work import unit_of_work
from ..runtime.wire import reads
from .nu_pos_sale_limits import no_reason
from .pos_config import register_of, session_gate
from .pos_order_wire import PAID_STATES
from .refund_pieces import RefundPieces
from .refund_writer import RefundWriter


class NuPosRefund(models.AbstractModel):
    """Returns of what was paid, whole, by line or by quantity.

    Never more than the original: quantities by line, amounts to the cent, the last
    piece taking what rounding left. The note names the original's number; Código
    Tributario art. 338, NG 05-2019, Formato e-CF section F. Money goes back by the
    methods it came by unless told otherwise.
    """

    _name = "nu.pos.refund"
    _description = "Returns of POS orders"

    # -- Entry points --------------------------------------------------------------

    @api.private
    @api.model
    @reads
    def submit(self, ref, wire: Refund, idempotency=None):
        """``POST /orders/{ref}/refunds``."""
        original = self.env["nu.pos.order.reader"].find(ref)
        return self._run(original, wire, idempotency)

    @api.private
    @api.model
    @reads
    def cancel(self, ref, wire: Cancel, idempotency=None):
        """``POST /orders/{ref}/cancel``: drafts are cancelled, sales given back."""
        original = self.env["nu.pos.order.reader"].find(ref)
        if original.state in PAID_STATES:
            if not wire.delivered:
                self.env["nu.pos.permission"].require("annul_ncf", original.config_id)
            whole = Refund(
                pos_reference=wire.pos_reference,
                reason=wire.reason,
                payments=wire.payments,
                employee_id=wire.employee_id,
                approvals=wire.approvals,
            )
            return self._run(original, whole, idempotency, wire)
        self._entitle("void_item", "cancel_order", original, wire)
        return self._cancel(original.config_id, original, wire, idempotency=idempotency)

    @unit_of_work(
        lock=lambda _service, _config, order, _wire: [order._nu_own_key()],
        register=register_of,
    )
    def _cancel(self, unit, config, order, wire):
        if order.state in PAID_STATES:
            raise ApiProblem("ORDER_PAID", current=order._nu_current())
        if order.state == "cancel":
            body = order._nu_answer(created=False)
        else:
            body = self._cancel_draft(order, wire).body
        return Answer({**body, "resolution": "cancel"})

    @api.model
    def _cancel_draft(self, order, wire):
        """Cancel a draft with the right to, or an approval that covers it; by its own
        route or as a step of a snapshot.

        :param wire: has ``approvals``, and ``reason`` or ``void_reason``
        :return: ``Answer``
        """
        entitled = self._entitle("void_item", "cancel_order", order, wire)
        self._check_shown(entitled, order, wire, order.amount_total)
        reason = getattr(wire, "reason", None) or getattr(wire, "void_reason", None)
        if not reason and order._nu_is_at_kitchen():
            identity = self.env["nu.pos.identity"].current()
            if identity.employee or not identity.user.has_group(HUB_GROUP):
                raise no_reason()
        self._use(entitled, order, wire, order.amount_total)
        return order._nu_cancel(reason)

    @api.private
    @api.model
    @reads
    def credit_note(self, wire: CreditNote, idempotency=None):
        """``POST /orders/credit-note``: the note of an order that has a number and no
        note yet, over what was not voided."""
        original = self.env["nu.pos.order.reader"].find(
            wire.pos_reference, key="pos_reference"
        )
        if not original.nu_ncf_id:
            raise ApiProblem(
                "CONFLICT", f"Order {wire.pos_reference} has no fiscal number"
            )
        whole = Refund(reason=wire.reason, approvals=wire.approvals)
        _reference, known = self._known(original, self._reference(original, whole))
        if original.refund_orders_count and not known:
            raise ApiProblem(
                "CONFLICT", f"Order {wire.pos_reference} has a credit note already"
            )
        answer = self._run(original, whole, idempotency)
        body = answer.body
        lines = [
            {
                "product_name": line["product_name"],
                "quantity": line["quantity"],
                "price_unit": line["price_unit"],
                "is_voided": False,
            }
            for line in body["lines"]
        ]
        body = {
            "status": "ok",
            "success": True,
            "credit_note_id": body["refund_id"],
            "pos_reference": body["pos_reference"],
            "created": body["created"],
            "fiscal": body["fiscal"],
            "lines": lines,
        }
        return Answer(body, answer.status, answer.replayed)

    # -- Work ------------------------------------------------------------------------

    @api.model
    def _run(self, original, wire, idempotency, cancel=None):
        config = original.config_id
        if wire.config_id:
            config = self.env["pos.config"]._nu_pick(wire.config_id)
            if config.company_id != original.company_id:
                raise ApiProblem(
                    "UNKNOWN_REFERENCE",
                    errors=[{"path": "config_id", "message": "no such register"}],
                )
        if config != original.config_id:
            # the money leaves the drawer of this one
            self.env["nu.pos.permission"].require("payment", config)
        entitled = self._entitle("refund", "refund", original, wire)
        return self._refund(
            config,
            original,
            self._reference(original, wire),
            wire,
            cancel,
            entitled,
            idempotency=idempotency,
        )

    @unit_of_work(
        lock=lambda _service, _config, order, reference, *_more: [
            order._nu_own_key(),
            order._nu_lock_key(order.company_id.id, reference),
        ],
        shares=session_gate,
        register=register_of,
    )
    def _refund(self, unit, config, order, reference, wire, cancel, entitled):
        name, known = self._known(order, reference)
        if known:
            self._check_was_shown(entitled, order, wire)
            return self._replay(known, order, wire)
        return self._give_back(unit, order, config, wire, name, cancel, entitled)

    @api.model
    def _entitle(self, permission, approval_type, order, wire):
        """The caller's own right, or somebody's approval of this act on this order.

        :return: type of the approval to use up with the act, None with the own right
        :raise ApiProblem: ``FORBIDDEN`` that names the permission, when no approval is
            shown; whether those shown do is judged once the amount is known
        """
        Permission = self.env["nu.pos.permission"]
        if Permission.resolve(order.config_id)[permission]:
            return None
        if not wire.approvals:
            Permission.require(permission, order.config_id)
        return approval_type

    @api.model
    def _check_shown(self, entitled, order, wire, amount):
        """:raise ApiProblem: ``APPROVAL_REQUIRED`` when no approval shown covers it"""
        if entitled:
            self.env["nu.pos.approval"].check_shown(
                wire.approvals,
                [(entitled, amount)],
                order.config_id,
                order.pos_reference,
            )

    @api.model
    def _check_was_shown(self, entitled, order, wire):
        """A repeat shows the approval that the act used up."""
        if entitled:
            self.env["nu.pos.approval"].check_was_shown(
                wire.approvals, entitled, order.config_id, order.pos_reference
            )

    @api.model
    def _use(self, entitled, order, wire, amount):
        if entitled:
            self.env["nu.pos.approval"].use(
                wire.approvals,
                entitled,
                order.config_id,
                order.pos_reference,
                amount,
            )

    @api.model
    def _reference(self, original, wire):
        """Name of the return: its own, or one made of what it asks for.

        :raise ApiProblem: ``VALIDATION`` for a name that the server gives, unless it
            is the one that it gives this very return
        """
        own = f"RF/{original.id}/{self._content(wire)[:16]}"
        if not f"{wire.pos_reference}/".startswith(f"{own}/"):
            refuse_server_reference(wire.pos_reference)
        return wire.pos_reference or own

    @api.model
    def _content(self, wire):
        asked = wire.model_dump(
            include={"lines", "payments"}, exclude_none=True, exclude_defaults=True
        )
        return fingerprint(floats_to_decimal(asked))

    @api.model
    def _known(self, original, reference):
        """``(reference, order)``: the return, or whatever else has the name that a
        client gave it; the reference is another one where the server's own is taken."""
        orders = self.env["pos.order"].sudo()
        company = original.company_id
        if not is_server_reference(reference):
            return reference, orders._nu_by_reference(company, reference)
        return orders._nu_free_reference(
            company,
            reference,
            lambda order: order.is_refund and order.refunded_order_id == original,
        )

    @api.model
    def _give_back(
        self, unit, original, config, wire, reference, cancel, entitled=None
    ):
        self._check_original(original)
        findings = Findings()
        pieces = RefundPieces(self.env).of(original, wire, findings)
        findings.raise_if_any()
        session = config._nu_open_session()
        if not session:
            raise ApiProblem(
                "SESSION_CLOSED",
                f"Register {config.display_name} has no open session: open one, "
                "then send the return again",
            )
        employee = self.env["hr.employee"]
        if wire.employee_id:
            employee = ReferenceResolver(self.env).one(
                "employee", wire.employee_id, "employee_id", findings, config
            )
        payments = RefundPieces(self.env).payments(
            original, config, wire, pieces, findings
        )
        findings.raise_if_any()
        total = float(sum(piece.subtotal_incl for piece in pieces))
        self._check_shown(entitled, original, wire, total)
        annuls = cancel and not cancel.delivered
        ncf = self.env["nu.pos.ncf"]
        if original.nu_ncf_id and annuls:
            self._check_annullable(original)
        elif original.nu_ncf_id:
            document_type = original.nu_document_type_id._nu_credit_note(
                config.company_id
            )
            document_type._nu_check_can_sign(config.company_id)
            # the number of a failed try was shown to nobody: of another series by now,
            # it goes back
            ncf, _created, _replaced = ncf.take(
                unit,
                document_type,
                config,
                reference,
                kind="credit_note",
                replace=True,
                unissued=True,
                server_named=True,
            )
        values = RefundWriter(self.env).values(
            original, session, pieces, payments, ncf, reference
        )
        values.update(
            nu_fingerprint=self._content(wire),
            employee_id=employee.id,
            general_customer_note=wire.reason or False,
        )
        self._use(entitled, original, wire, total)
        orders = self.env["pos.order"].with_context(nu_reference=SERVER)
        order = self.env["pos.order"].browse(orders._process_order(values, False))
        order._ensure_access_token()
        if original.nu_ncf_id and annuls:
            original.nu_ncf_id._void(cancel.reason_code, wire.reason)
        self.env["nu_restaurant_pos.order_audit"]._record(
            "refund",
            company=config.company_id,
            pos_reference=reference,
            order=order,
            ncf=ncf.name or None,
            payload=floats_to_decimal(
                {
                    "original": original.pos_reference,
                    "original_ncf": original.nu_ncf or None,
                    "annulled": bool(annuls),
                    "reason": wire.reason,
                    "amount_total": order.amount_total,
                    "lines": [
                        {"line": piece.line.id, "qty": piece.qty} for piece in pieces
                    ],
                }
            ),
        )
        return Answer(self._answer(order, original, True))

    @api.model
    def _replay(self, known, original, wire):
        if known.refunded_order_id != original or (
            known.nu_fingerprint != self._content(wire)
        ):
            raise ApiProblem(
                "IDEMPOTENCY_MISMATCH",
                f"{known.pos_reference} is another return or order",
                errors=[{"path": "pos_reference", "message": "used already"}],
                current=known._nu_current(),
            )
        return Answer(self._answer(known, original, False), replayed=True)

    @api.model
    def _check_original(self, original):
        if original.state not in PAID_STATES:
            raise ApiProblem(
                "CONFLICT",
                f"Order {original.pos_reference} is not paid: cancel it instead",
                current=original._nu_current(),
            )
        if original.is_refund or original.nu_mode == "return":
            raise ApiProblem(
                "CONFLICT", f"Order {original.pos_reference} is a return itself"
            )
        if original.nu_ncf_id.state == "voided":
            raise ApiProblem(
                "CONFLICT", f"The number of {original.pos_reference} is annulled"
            )
        annulling = original.sudo().nu_ncf_id._annulling_note()
        if annulling:
            raise ApiProblem(
                "CONFLICT",
                f"{original.nu_ncf} was annulled as a whole by {annulling.name}",
                current=original._nu_current(),
            )

    @api.model
    def _check_annullable(self, original):
        if original.nu_document_type_id.nu_is_electronic:
            raise ApiProblem(
                "CONFLICT",
                "An electronic receipt is cancelled by a credit note",
                fiscal=original.nu_ncf_id._fiscal_block(original.account_move),
            )
        replacing = original.nu_ncf_id._nu_replaced_by()
        if replacing:
            raise ApiProblem(
                "CONFLICT",
                f"{replacing[0].name} replaces the receipt at DGII: it is cancelled by "
                "a credit note",
            )
        if original.refund_orders_count:
            raise ApiProblem(
                "CONFLICT",
                "Part of the order was given back: its receipt was delivered",
            )

    # -- Answer -----------------------------------------------------------------------

    @api.private
    @api.model
    def return_of(self, original, created=False):
        """What the route of returns answers of the return that an annulled sale was
        given back by; None without one.

        :param original: ``pos.order``; empty for a number that was only reserved
        """
        back = original.sudo().lines.refund_orderline_ids.order_id[:1]
        return self._answer(back, original.sudo(), created) if back else None

    @api.model
    def _answer(self, order, original, created):
        """Totals negative, as Odoo keeps a return; both fiscal numbers."""
        return {
            **order._nu_answer(created=created),
            "refund_id": order.id,
            "resolution": "refund",
            "original": Original.from_record(original),
            "lines": [
                {
                    "line_id": line.id,
                    "original_line_id": line.refunded_orderline_id.id,
                    "product_id": line.product_id.id,
                    "product_name": line.full_product_name,
                    "quantity": abs(line.qty),
                    "price_unit": line.price_unit,
                    "amount": line._nu_signed()[1],
                    "restocked": line.product_id.is_storable,
                }
                for line in order.lines
            ],
            "payments": [
                {
                    "payment_method_id": payment.payment_method_id.id,
                    "type": payment._nu_form(),
                    "amount": payment.amount,
                }
                for payment in order.payment_ids
            ],
        }
