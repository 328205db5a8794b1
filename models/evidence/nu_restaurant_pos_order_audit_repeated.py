"""Repeated refusals are counted instead of audited one by one."""

from odoo import api, models


class OrderAudit(models.Model):
    _inherit = "nu_restaurant_pos.order_audit"

    @api.model
    def _record_apart_in(self, event, **values):
        # EXTENDS nu_restaurant_pos: of many refusals the first leave a row each
        if event == "refusal":
            payload = values.get("payload") or {}
            subject = (
                values.get("pos_reference")
                or payload.get("login")
                or payload.get("record")
            )
            company = values.get("company") or self.env["res.company"]
            counts = self.env["nu.pos.refusal.count"].sudo()
            if not counts.count(company, payload, subject):
                return None
        return super()._record_apart_in(event, **values)
