from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..fiscal import annulment
from ..models.sale.pos_order_wire import PAID_STATES


class NuPosNcfVoid(models.TransientModel):
    """Annul numbers, or give reserved ones back, with a reason."""

    _name = "nu.pos.ncf.void"
    _description = "Annul NCF"

    ncf_ids = fields.Many2many(
        "nu.pos.ncf",
        string="Numbers",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    action = fields.Selection(
        [
            ("release", "Give back: no customer has seen it"),
            ("void", "Annul: it goes into format 608"),
        ],
        required=True,
        default="void",
    )
    reason = fields.Selection(
        [
            (row.code, f"{row.code} {row.english}")
            for row in annulment.ANNULMENT_REASONS.values()
        ],
        default="04",
    )
    note = fields.Char(help="Kept in the ledger and in the audit.")

    def action_apply(self):
        """Apply to all numbers or to none.

        An issued number of a sale that stands is not annulled: what was delivered is
        undone by a credit note (NG 06-2018).
        """
        self.ensure_one()
        if not self.env.user.has_group("point_of_sale.group_pos_manager"):
            raise AccessError(self.env._("Numbers are annulled by POS managers."))
        for ncf in self.ncf_ids:
            ncf.check_access("read")
            if ncf.state == "issued" and ncf.order_id.state in PAID_STATES:
                raise UserError(
                    self.env._(
                        "%s is on a sale that stands: refund the sale, which takes "
                        "a credit note.",
                        ncf.name,
                    )
                )
            if self.action == "release":
                if ncf.state != "reserved":
                    raise UserError(
                        self.env._(
                            "%s is not reserved: it can only be annulled.", ncf.name
                        )
                    )
                ncf.sudo()._release()
            else:
                ncf.sudo()._void(self.reason, self.note)
            self.env["nu_restaurant_pos.order_audit"]._record(
                "release" if self.action == "release" else "void",
                company=ncf.company_id,
                pos_reference=ncf.pos_reference,
                ncf=ncf.name,
                payload={"reason_code": self.reason, "reason": self.note or None},
            )
        return {"type": "ir.actions.act_window_close"}
