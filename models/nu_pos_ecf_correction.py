"""What DGII rejected, signed anew; what series B carried meanwhile, replaced."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..fiscal.ecf.description import Change, Reference
from . import nu_pos_ecf, nu_pos_ncf  # noqa: F401  (models before their extensions)

#: Correction of the information; Format 608.
CORRECTION = "04"
#: Kind of the ledger: an e-CF in the place of a series B receipt of a contingency.
REPLACEMENT = "replacement"


class NuPosNcf(models.Model):
    _inherit = "nu.pos.ncf"

    kind = fields.Selection(
        selection_add=[(REPLACEMENT, "Replacement of a contingency")],
        ondelete={REPLACEMENT: "cascade"},
    )


class NuPosEcf(models.Model):
    _inherit = "nu.pos.ecf"

    def action_correct(self):
        """Sign rejected documents anew from their orders, and send them.

        The number is kept where DGII says that it lives. Else it is annulled (reason
        04, format 608) and the order takes a new one, as any sale does. The rejected
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
        if not self.order_id:
            raise UserError(self.env._("%s has no order to sign anew.", self.name))

    def _correct(self):
        """The document in the place of this one. Works in transactions of its own."""
        self.ensure_one()
        unit = self.env["nu.pos.unit"]
        key = [self.ncf_id._lock_key()]
        if not self.number_lives and self.ncf_id.state == "issued":
            # first and durably: the order holds one number at a time
            unit.run(key, self._void_burned)
        new = unit.run(key, self._sign_again)
        return self.browse(new)

    def _void_burned(self, unit):
        ncf = self.with_env(unit.env).ncf_id
        ncf.invalidate_recordset(flush=False)
        if ncf.state != "issued":
            return
        ncf._void(CORRECTION, self.env._("Rejected by DGII, number used"))
        unit.env["nu_restaurant_pos.order_audit"]._record(
            "void",
            company=ncf.company_id,
            pos_reference=ncf.pos_reference,
            order=self.order_id,
            ncf=ncf.name,
            payload={"reason_code": CORRECTION, "reason": "rejected by DGII"},
        )

    def _sign_again(self, unit):
        record = self.with_env(unit.env)
        ncf, order = record.ncf_id, record.order_id
        done = record.search([("corrects_id", "=", record.id)], limit=1)
        if done:
            # somebody else pressed the button a moment ago
            return done.id
        if ncf.state == "voided":
            ncf, _created, _replaced = unit.env["nu.pos.ncf"].take(
                unit,
                ncf.document_type_id,
                ncf.config_id,
                ncf.pos_reference,
                kind=ncf.kind,
            )
            record.invalidate_recordset(flush=False)
            if ncf.state == "reserved":
                ncf._issue([order])
            if not record.replaces_ncf_id:
                order.write({"nu_ncf_id": ncf.id})
                order.account_move.write({"nu_ncf_id": ncf.id})
        document, modified = unit.env["nu.pos.ecf.describer"].of_order(
            order, ncf, record._replacing_reference()
        )
        new = record._sign(
            ncf,
            document,
            modified,
            order_id=order.id,
            move_id=record.move_id.id,
            config_id=record.config_id.id,
            corrects_id=record.id,
            replaces_ncf_id=record.replaces_ncf_id.id,
        )
        new.sudo()._audit("ecf_corrected", rejected=record.name)
        record.activity_unlink(["mail.mail_activity_data_todo"])
        return new.id

    def _replacing_reference(self):
        """The reference of a document that replaces a receipt, else None."""
        ncf = self.replaces_ncf_id
        return _reference(ncf) if ncf else None

    # -- Replacing -----------------------------------------------------------------

    @api.private
    @api.model
    def replace_receipt(self, receipt):
        """The e-CF in the place of a series B receipt of a contingency: a number of
        the twin type, CodigoModificacion 4, to DGII only.

        :param receipt: issued ``nu.pos.ncf`` of series B with its order
        :return: ``nu.pos.ecf``; the one that there is already, if any
        """
        new = self.env["nu.pos.unit"].run(
            [receipt._lock_key()], receipt_replacer(receipt)
        )
        return self.browse(new)


def receipt_replacer(receipt):
    """The work of one replacement, see ``replace_receipt``."""

    def work(unit):
        ncf = receipt.with_env(unit.env)
        Ecf = unit.env["nu.pos.ecf"]
        known = Ecf.search([("replaces_ncf_id", "=", ncf.id)], limit=1)
        if known:
            return known.id
        order = ncf.order_id
        kind = ncf.document_type_id._nu_electronic_twin()
        number, _created, _replaced = unit.env["nu.pos.ncf"].take(
            unit, kind, ncf.config_id, ncf.pos_reference, kind=REPLACEMENT
        )
        ncf.invalidate_recordset(flush=False)
        if number.state == "reserved":
            number._issue([order])
        document, _modified = unit.env["nu.pos.ecf.describer"].of_order(
            order, number, _reference(ncf)
        )
        made = Ecf._sign(
            number,
            document,
            None,
            order_id=order.id,
            move_id=order.account_move.id,
            config_id=order.config_id.id,
            replaces_ncf_id=ncf.id,
        )
        return made.id

    return work


def _reference(ncf):
    """To the receipt that is replaced; the reason has a place in notes only."""
    note = ncf.document_type_id.nu_needs_reference
    return Reference(
        ncf=ncf.name,
        issued=ncf.date_issued_day,
        code=Change.REPLACES_CONTINGENCY,
        reason="Contingencia" if note else None,
    )


class L10nLatamDocumentType(models.Model):
    _inherit = "l10n_latam.document.type"

    def _nu_electronic_twin(self):
        """The electronic type of one of series B; empty if there is none."""
        twin = self.nu_twin_id or self.search([("nu_twin_id", "=", self.id)], limit=1)
        return twin.filtered("nu_is_electronic")


class ResCompany(models.Model):
    _inherit = "res.company"

    def action_replace_contingency(self):
        """Replace the series B receipts of the past contingencies by e-CF."""
        self.ensure_one()
        self._nu_check_ecf_manager()
        if self.nu_ecf_contingency == "incapable":
            raise UserError(
                self.env._("End the contingency first: nothing can be signed in it.")
            )
        receipts = self.sudo()._nu_contingency_receipts()
        made = self.env["nu.pos.ecf"].sudo()
        for receipt in receipts:
            made |= made.replace_receipt(receipt)
        self.env.invalidate_all()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Replacements"),
            "res_model": "nu.pos.ecf",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", made.ids)],
        }

    @api.private
    def _nu_contingency_receipts(self):
        """Issued series B receipts of ``incapable`` contingencies that no e-CF replaces
        yet, the oldest first; those replaced last have 30 days from their own date."""
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT n.id FROM nu_pos_ncf n
                  JOIN l10n_latam_document_type t ON t.id = n.document_type_id
                 WHERE n.company_id = %s AND n.state = 'issued'
                   AND n.order_id IS NOT NULL AND t.nu_is_electronic IS NOT TRUE
                   AND EXISTS (SELECT 1 FROM nu_pos_ecf_contingency c
                        WHERE c.company_id = n.company_id AND c.kind = 'incapable'
                          AND n.date_issued >= c.date_start
                          AND n.date_issued <= COALESCE(c.date_end, n.date_issued))
                   AND NOT EXISTS (SELECT 1 FROM nu_pos_ecf e
                                    WHERE e.replaces_ncf_id = n.id)
                 ORDER BY n.date_issued, n.id
                """,
                self.id,
            )
        )
        return self.env["nu.pos.ncf"].browse(row[0] for row in rows)
