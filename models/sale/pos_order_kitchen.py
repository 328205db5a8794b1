"""What Odoo's screen takes off a check that the kitchen has."""

import json

from odoo import api, models
from odoo.fields import Command

from ...fiscal.canonical import floats_to_decimal


class PosOrder(models.Model):
    """Voids on Odoo's screen leave evidence.

    They are not refused: the screen moves dishes that the kitchen has when it splits,
    merges and transfers checks, by taking them off one order and putting them on
    another in requests of their own, and tells the server no difference. Checks of the
    API are: see ``nu.pos.sale`` and ``_nu_refuse_of_hub``.
    """

    _inherit = "pos.order"

    def _nu_sent_at_screen(self):
        """``{pos.order.line: quantity the kitchen has}``, by what the screen notes when
        it sends an order (``last_order_preparation_change``)."""
        self.ensure_one()
        try:
            memo = json.loads(self.last_order_preparation_change or "{}")
            rows = list((memo.get("lines") or {}).values())
            sent = {}
            for row in rows:
                uuid, quantity = row.get("uuid"), float(row.get("quantity") or 0)
                sent[uuid] = sent.get(uuid, 0.0) + quantity
        except (AttributeError, TypeError, ValueError):
            return {}  # of another version of the screen
        return {line: sent[line.uuid] for line in self.lines if sent.get(line.uuid)}

    @api.model
    def _nu_voids_at_screen(self, orders):
        """What a synchronization takes off open checks; reads only.

        :param orders: values of ``sync_from_ui``
        :return: ``[(pos.order, rows for the audit)]``
        """
        uuids = [values["uuid"] for values in orders if values.get("uuid")]
        known = self.sudo().search([("uuid", "in", uuids), ("state", "=", "draft")])
        by_uuid = {order.uuid: order for order in known}
        found = []
        for values in orders:
            order = by_uuid.get(values.get("uuid"))
            sent = order._nu_sent_at_screen() if order else {}
            rows = [
                _row(line, quantity - left)
                for line, quantity in sent.items()
                for left in [_left(line, values.get("lines") or ())]
                if left < quantity
            ]
            if rows:
                found.append((order, rows))
        return found

    @api.model
    def _nu_record_voids(self, voids):
        self.env["nu_restaurant_pos.order_audit"]._record_all(
            {
                "event": "void_item",
                "company": order.company_id,
                "pos_reference": order.pos_reference,
                "order": order,
                "ncf": None,
                "payload": floats_to_decimal({"door": "screen", "lines": rows}),
            }
            for order, rows in voids
        )

    def write(self, vals):
        # EXTENDS 'point_of_sale'
        cancelled = self.browse()
        if vals.get("state") == "cancel" and not self.env.su:
            cancelled = self.filtered(lambda order: order.state == "draft")
        sent = {order: order.sudo()._nu_sent_at_screen() for order in cancelled}
        result = super().write(vals)
        rows = [(order, lines) for order, lines in sent.items() if lines]
        if rows:
            self.env["nu_restaurant_pos.order_audit"]._record_all(
                {
                    "event": "cancel",
                    "company": order.company_id,
                    "pos_reference": order.pos_reference,
                    "order": order,
                    "ncf": None,
                    "payload": floats_to_decimal(
                        {
                            "door": "screen",
                            "at_kitchen": True,
                            "amount_total": order.amount_total,
                            "lines": [_row(line, qty) for line, qty in lines.items()],
                        }
                    ),
                }
                for order, lines in rows
            )
        return result


def _left(line, commands):
    """Quantity of a line once the commands of the screen are carried out."""
    qty = line.qty
    for command in commands:
        if command[0] == Command.CLEAR:
            qty = 0.0
        elif len(command) > 1 and command[1] == line.id:
            if command[0] in (Command.DELETE, Command.UNLINK):
                qty = 0.0
            elif command[0] == Command.UPDATE:
                qty = command[2].get("qty", qty)
    return qty


def _row(line, qty):
    price = line.price_subtotal_incl / line.qty if line.qty else 0.0
    return {
        "line": line.uuid,
        "product_id": line.product_id.id,
        "product": line.full_product_name,
        "qty": qty,
        "amount": line.currency_id.round(price * qty),
        "reason": None,
    }
