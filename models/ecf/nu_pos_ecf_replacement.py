"""What series B carried while nothing could be signed, replaced by e-CF."""

from odoo import api, models

from ...fiscal.ecf.description import Change, Reference
from ..numbers.nu_pos_ncf import REPLACEMENT
from ..runtime.unit_of_work import unit_of_work


class NuPosEcf(models.Model):
    _inherit = "nu.pos.ecf"

    @api.private
    @api.model
    def replace_receipt(self, receipt):
        """The e-CF in the place of a series B receipt of a contingency: a number of
        the twin type, CodigoModificacion 4, to DGII only.

        :param receipt: issued ``nu.pos.ncf`` of series B with its order or invoice
        :return: ``nu.pos.ecf``; the one that there is already, if any; empty if the
            receipt was annulled meanwhile
        """
        return self.browse(self._replace(receipt) or ())

    def _replacing_reference(self):
        """The reference of a document that replaces a receipt, else None."""
        ncf = self.replaces_ncf_id
        return _reference(ncf) if ncf else None

    @unit_of_work(lock=lambda _documents, receipt: [receipt._lock_key()])
    def _replace(self, unit, ncf):
        """Id of the e-CF, None if the receipt was annulled meanwhile."""
        known = self.search([("replaces_ncf_id", "=", ncf.id)], limit=1)
        if known:
            return known.id
        # the list is older than the lock: somebody may have annulled it since
        ncf.invalidate_recordset()
        if ncf.state != "issued":
            return None
        order, move = ncf.order_id, ncf.order_id.account_move or ncf.move_id
        kind = ncf.document_type_id._nu_electronic_twin()
        ledger = self.env["nu.pos.ncf"]
        if order:
            number, _created, _replaced = ledger.take(
                unit,
                kind,
                ncf.config_id,
                ncf.pos_reference,
                kind=REPLACEMENT,
                server_named=True,
            )
            if number.state == "reserved":
                number._issue([order])
        else:
            number = ledger._take_for_move(unit, kind, REPLACEMENT, move)
        ncf.invalidate_recordset(flush=False)
        document, _modified = self.env["nu.pos.ecf.describer"]._of_sale(
            order, move, number, _reference(ncf)
        )
        made = self._sign(
            number,
            document,
            None,
            order_id=order.id,
            move_id=move.id,
            config_id=order.config_id.id,
            replaces_ncf_id=ncf.id,
        )
        return made.id


def _reference(ncf):
    """To the receipt that is replaced; the reason has a place in notes only."""
    note = ncf.document_type_id.nu_needs_reference
    return Reference(
        ncf=ncf.name,
        issued=ncf.date_issued_day,
        code=Change.REPLACES_CONTINGENCY,
        reason="Contingencia" if note else None,
    )
