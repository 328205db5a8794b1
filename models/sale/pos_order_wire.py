"""What a client is told of an order."""

from decimal import Decimal

from odoo import models

from ...schemas.snapshot import Line
from ..runtime.wire import parse

#: The sale is made; posting its entry is no business of a till.
PAID_STATES = ("paid", "done")


class PosOrder(models.Model):
    """The state of an order in the words of the API."""

    _inherit = "pos.order"

    def _nu_state(self):
        """``draft``, ``paid`` or ``cancelled``: posting is no business of a till."""
        self.ensure_one()
        return {"draft": "draft", "cancel": "cancelled"}.get(self.state, "paid")

    def _nu_line_id_map(self):
        return {line.nu_client_id: line.id for line in self.lines if line.nu_client_id}

    def _nu_fiscal(self):
        self.ensure_one()
        ncf = self.nu_ncf_id or self.env["nu.pos.ncf"]._live(
            self.company_id, self.pos_reference
        )
        return ncf._fiscal_block(self.account_move) if ncf else None

    def _nu_answer(self, created):
        """The answer to a write of this order; amounts in the register's currency."""
        self.ensure_one()
        return {
            "status": "ok",
            "pos_reference": self.pos_reference,
            "order_id": self.id,
            "created": created,
            "state": self._nu_state(),
            "kitchen_status": self.nu_kitchen_status or None,
            "line_id_map": self._nu_line_id_map(),
            "tracking_number": self.tracking_number or None,
            "amount_total": self.amount_total,
            "amount_tax": self.amount_tax,
            "amount_itbis": self.nu_amount_itbis,
            "amount_tip": self.nu_amount_tip,
            "amount_paid": self.amount_paid,
            "amount_return": abs(self.amount_return),
            "version": self.nu_version,
            "fiscal": self._nu_fiscal(),
            "warnings": self._nu_warnings(),
        }

    def _nu_warnings(self):
        """What does not stop a sale but should be looked at."""
        self.ensure_one()
        warnings = [*(self.nu_warnings or ())]
        # of a numbered sale the RNC it was issued to, in each repeat of the answer
        vat = self.nu_buyer_vat if self.nu_ncf_id else self.partner_id.vat
        warnings += self.env["res.partner"]._nu_identity_warnings(vat)
        if self.nu_ncf_id:
            warnings += self.nu_ncf_id.range_id._api_warnings()
        if self.state == "draft":
            warnings += self._nu_mode_warnings()
        return warnings

    def _nu_mode_warnings(self):
        """Told with the draft, not only when somebody wants to finalize it."""
        if self.nu_mode not in ("return", "payment"):
            return []
        way = {
            "return": "goods come back by POST /orders/{ref}/refunds",
            "payment": "invoices are paid in Odoo",
        }
        return [
            {
                "code": "MODE_NOT_SOLD",
                "path": "mode",
                "message": f"an order of mode {self.nu_mode} is kept and never "
                f"finalized: {way[self.nu_mode]}",
            }
        ]

    def _nu_current(self):
        """State of the order for a client that was refused."""
        return self._nu_answer(created=False)

    def _nu_wire_content(self):
        """The content of a draft as a terminal would send it again; for a payment
        that names the order only."""
        self.ensure_one()
        lines = [
            {
                "id": line.nu_client_id or None,
                "product_id": line.product_id.id,
                "qty": line.nu_voided_qty if line.nu_is_voided else line.qty,
                "price_unit": line.price_unit,
                "discount": line.nu_item_discount,
                "tax_ids": line.tax_ids.ids,
                "is_voided": line.nu_is_voided,
            }
            for line in self.lines
        ]
        return {
            "lines": [parse(Line, line) for line in lines],
            "check_discount": Decimal(repr(self.nu_check_discount)),
            "partner_id": self.partner_id.id or None,
            "table_id": self.table_id.id or None,
            "order_type": self.preset_id.nu_order_type or None,
        }
