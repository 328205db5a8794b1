"""The order of a return."""

from odoo.fields import Command

from ..runtime.service import Service
from .order_writer import OrderWriter
from .tax_totals import TaxTotals


class RefundWriter(Service):
    """Values of a return's order, lines and payments: amounts as those of the sale,
    with the other sign."""

    def values(self, original, session, pieces, payments, ncf, reference):
        """Values of the return, for core's ``_process_order``."""
        writer = OrderWriter(self.env)
        total = sum(piece.subtotal_incl for piece in pieces)
        tax = total - sum(piece.subtotal for piece in pieces)
        tip = sum(piece.tip for piece in pieces)
        values = {
            **writer.values_like(original, session, reference, ncf),
            "is_refund": True,
            "amount_total": -float(total),
            "amount_tax": -float(tax),
            "to_invoice": bool(original.account_move),
            "lines": [self._line(writer, piece, total) for piece in pieces],
            "nu_mode": "return",
            "nu_amount_tip": -float(tip),
            "nu_amount_itbis": -float(tax - tip),
            "nu_tax_totals": self._tax_totals(original, pieces),
        }
        values["payment_ids"] = [
            Command.create(
                {
                    "payment_method_id": method.id,
                    "amount": -amount,
                    "payment_date": values["date_order"],
                    **(writer.payment_details(wire) if wire else {}),
                }
            )
            for method, amount, wire in payments
        ]
        return values

    def _tax_totals(self, original, pieces):
        totals = TaxTotals(original.currency_id)
        for piece in pieces:
            net, tip = float(piece.subtotal), float(piece.tip)
            totals.add_piece(
                piece.line.tax_ids.flatten_taxes_hierarchy(),
                -net,
                net + tip - float(piece.subtotal_incl),
                -tip,
            )
        return totals.as_list()

    def _line(self, writer, piece, total):
        return writer.line_like(
            piece.line,
            name=self.env._("%(name)s REFUND", name=piece.line.name),
            qty=-float(piece.qty),
            price_subtotal=-float(piece.subtotal),
            price_subtotal_incl=-float(piece.subtotal_incl),
            refunded_orderline_id=piece.line.id,
            extra_tax_data=self._tax_data(piece, 1 if total else -1),
        )

    def settle(self, order, pieces):
        """Give the lines of a draft that core made of the rest of a sale its amounts.

        :param pieces: ``{line of the sale: Piece}``
        """
        for line in order.lines:
            piece = pieces.get(line.refunded_orderline_id)
            if piece and line.qty == -float(piece.qty):
                line.write(
                    {
                        "price_subtotal": -float(piece.subtotal),
                        "price_subtotal_incl": -float(piece.subtotal_incl),
                        "extra_tax_data": self._tax_data(piece, 1),
                    }
                )
        order._compute_prices()

    def _tax_data(self, piece, sign):
        """The amounts of a line for core's tax engine, which else would reckon them
        from quantity and price: closing entry and invoice book what was given back.

        :param sign: core turns the quantities of an order below zero round
        """
        line = piece.line
        return {
            "currency_id": line.currency_id.id,
            "price_unit": line.price_unit,
            "discount": line.discount,
            "quantity": sign * float(piece.qty),
            "manual_total_excluded_currency": sign * float(piece.subtotal),
            # the engine takes no amounts but with those of taxes: a line without any
            # has an entry of none
            "manual_tax_amounts": {
                str(tax.id): {"tax_amount_currency": sign * float(amount)}
                for tax, amount in piece.taxes.items()
            }
            or {"0": {}},
        }
