"""The order of a return."""

from odoo import api, models
from odoo.fields import Command


class NuPosRefundWriter(models.AbstractModel):
    """Values of a return's order, lines and payments; all amounts negative."""

    _name = "nu.pos.refund.writer"
    _description = "Writer of POS returns"

    @api.private
    @api.model
    def values(self, original, session, pieces, payments, ncf, reference):
        """Values of the return, for core's ``_process_order``."""
        currency = original.currency_id
        writer = self.env["nu.pos.order.writer"]
        total = currency.round(sum(piece.subtotal_incl for piece in pieces))
        tax = currency.round(total - sum(piece.subtotal for piece in pieces))
        tip = self.env["nu.pos.refund.pieces"].tip(original, pieces)
        values = {
            **writer.values_like(original, session, reference, ncf),
            "is_refund": True,
            "amount_total": -total,
            "amount_tax": -tax,
            "to_invoice": bool(original.account_move),
            "lines": [self._line(writer, piece) for piece in pieces],
            "nu_mode": "return",
            "nu_amount_tip": -tip,
            "nu_amount_itbis": -currency.round(tax - tip),
        }
        values["payment_ids"] = [
            Command.create(
                {
                    "payment_method_id": method.id,
                    "amount": -amount,
                    "payment_date": values["date_order"],
                }
            )
            for method, amount in payments
        ]
        return values

    @api.model
    def _line(self, writer, piece):
        return writer.line_like(
            piece.line,
            name=self.env._("%(name)s REFUND", name=piece.line.name),
            qty=-piece.qty,
            price_subtotal=-piece.subtotal,
            price_subtotal_incl=-piece.subtotal_incl,
            refunded_orderline_id=piece.line.id,
        )
