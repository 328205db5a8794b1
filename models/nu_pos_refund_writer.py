"""The order of a return."""

from odoo import api, fields, models
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
        now = fields.Datetime.now()
        total = currency.round(sum(piece.subtotal_incl for piece in pieces))
        tax = currency.round(total - sum(piece.subtotal for piece in pieces))
        tip = self.env["nu.pos.refund.pieces"].tip(original, pieces)
        number = writer._next_tracking_number()
        values = {
            "state": "paid",
            "is_refund": True,
            "session_id": session.id,
            "company_id": original.company_id.id,
            "uuid": writer._uuid(None),
            "access_token": False,
            "pos_reference": reference,
            "sequence_number": number % 2**31 or 1,
            "tracking_number": f"{number % 1000:03d}",
            "date_order": now,
            "user_id": self.env.uid,
            "partner_id": original.partner_id.id,
            "pricelist_id": original.pricelist_id.id,
            "fiscal_position_id": False,
            "preset_id": original.preset_id.id,
            "source": "nu_hub",
            "amount_total": -total,
            "amount_tax": -tax,
            "amount_paid": 0,
            "amount_return": 0,
            "to_invoice": bool(original.account_move),
            "lines": [self._line(piece) for piece in pieces],
            "payment_ids": [
                Command.create(
                    {
                        "payment_method_id": method.id,
                        "amount": -amount,
                        "payment_date": now,
                    }
                )
                for method, amount in payments
            ],
            "nu_mode": "return",
            "nu_version": 1,
            "nu_kitchen_status": "paid",
            "nu_device": self.env.context.get("nu_device"),
            "nu_amount_tip": -tip,
            "nu_amount_itbis": -currency.round(tax - tip),
        }
        if ncf:
            values.update(nu_ncf_id=ncf.id, nu_document_type_id=ncf.document_type_id.id)
        return values

    @api.model
    def _line(self, piece):
        line = piece.line
        return Command.create(
            {
                "name": self.env._("%(name)s REFUND", name=line.name),
                "product_id": line.product_id.id,
                "full_product_name": line.full_product_name,
                "qty": -piece.qty,
                "price_unit": line.price_unit,
                "discount": line.discount,
                "price_type": line.price_type,
                "tax_ids": [Command.set(line.tax_ids.ids)],
                "price_subtotal": -piece.subtotal,
                "price_subtotal_incl": -piece.subtotal_incl,
                "refunded_orderline_id": line.id,
            }
        )
