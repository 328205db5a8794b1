"""What DGII rejected, signed anew under the same number or another."""

from odoo import models
from odoo.exceptions import UserError

from ..runtime.unit_of_work import unit_of_work

#: Correction of the information; Format 608.
CORRECTION = "04"


def _number_key(ecf):
    return [ecf.ncf_id._lock_key()]


class NuPosEcf(models.Model):
    _inherit = "nu.pos.ecf"

    def action_correct(self):
        """Sign rejected documents anew from their orders and invoices, and send them.

        The number is kept where DGII says that it lives. Else it is annulled (reason
        04, format 608) and the sale takes a new one, as any sale does. The rejected
        document stays, with what DGII said of it.
        """
        self._check_manager()
        for record in self:
            record._check_correctable()
        made = self.browse()
        for record in self:
            made |= record.sudo()._correct()
        self.env.invalidate_all()
        if len(made) != 1:
            return {"type": "ir.actions.client", "tag": "soft_reload"}
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": made.id,
            "views": [(False, "form")],
        }

    def _check_correctable(self):
        self.ensure_one()
        if self.state != "rejected":
            raise UserError(self.env._("DGII did not reject %s.", self.name))
        if self.sudo().search_count([("corrects_id", "=", self.id)]):
            raise UserError(self.env._("%s was corrected already.", self.name))
        if not (self.order_id or self.move_id):
            raise UserError(self.env._("%s has no sale to sign anew.", self.name))

    def _correct(self):
        """The document in the place of this one. Works in transactions of its own."""
        self.ensure_one()
        if not self.number_lives and self.ncf_id.state == "issued":
            # first and durably: the order holds one number at a time
            self._void_burned()
        return self.browse(self._sign_again())

    @unit_of_work(lock=_number_key)
    def _void_burned(self, unit):
        ncf = self.ncf_id
        ncf.invalidate_recordset(flush=False)
        if ncf.state != "issued":
            return
        ncf._void(CORRECTION, self.env._("Rejected by DGII, number used"))
        self.env["nu_restaurant_pos.order_audit"]._record(
            "void",
            company=ncf.company_id,
            pos_reference=ncf.pos_reference,
            order=self.order_id,
            ncf=ncf.name,
            payload={"reason_code": CORRECTION, "reason": "rejected by DGII"},
        )

    @unit_of_work(lock=_number_key)
    def _sign_again(self, unit):
        ncf, order, move = self.ncf_id, self.order_id, self.move_id
        done = self.search([("corrects_id", "=", self.id)], limit=1)
        if done:
            # somebody else pressed the button a moment ago
            return done.id
        if ncf.state == "voided":
            ncf = self._take_another(unit)
            self.invalidate_recordset(flush=False)
            if not self.replaces_ncf_id:
                with order._nu_unsealed() as sold:
                    sold.write({"nu_ncf_id": ncf.id})
                (order.account_move or move).write({"nu_ncf_id": ncf.id})
        # DGII refused what was said of the buyer, or may have: it is said anew
        if order:
            with order._nu_unsealed() as sold:
                sold.write(sold._nu_buyer_now())
                sold.account_move.write(sold._nu_buyer_values())
        else:
            with move._nu_unsealed() as sold:
                sold.write(sold._nu_buyer_now())
        document, modified = self.env["nu.pos.ecf.describer"]._of_sale(
            order, move, ncf, self._replacing_reference()
        )
        new = self._sign(
            ncf,
            document,
            modified,
            order_id=order.id,
            move_id=move.id,
            config_id=self.config_id.id,
            corrects_id=self.id,
            replaces_ncf_id=self.replaces_ncf_id.id,
        )
        new.sudo()._audit("ecf_corrected", rejected=self.name)
        self.activity_unlink(["mail.mail_activity_data_todo"])
        return new.id

    def _take_another(self, unit):
        """A number for the sale whose own is burned; issued."""
        ncf, order, move = self.ncf_id, self.order_id, self.move_id
        ledger = self.env["nu.pos.ncf"]
        if order:
            new, _created, _replaced = ledger.take(
                unit,
                ncf.document_type_id,
                ncf.config_id,
                ncf.pos_reference,
                kind=ncf.kind,
                server_named=True,
            )
            if new.state == "reserved":
                new._issue([order])
            return new
        return ledger._take_for_move(unit, ncf.document_type_id, ncf.kind, move)
