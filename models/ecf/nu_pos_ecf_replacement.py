"""What series B carried while nothing could be signed, replaced by e-CF."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...fiscal import calendar
from ...fiscal.ecf import schedule
from ...fiscal.ecf.description import Change, Reference
from ..numbers.nu_pos_ncf import REPLACEMENT

#: Managers are reminded that long before the 30 days of the first receipt are over.
REMIND = timedelta(days=10)

#: Issued receipts of series B of a contingency ``c`` that no e-CF replaces yet. A hub
#: may tell later of what it handed out then; after 30 days it cannot be replaced.
_LEFT = """
    FROM nu_pos_ncf n
    JOIN l10n_latam_document_type t ON t.id = n.document_type_id
    JOIN nu_pos_ecf_contingency c ON c.company_id = n.company_id
     AND c.kind = 'incapable' AND n.date_issued >= c.date_start
     AND n.date_issued < COALESCE(c.date_end, now() AT TIME ZONE 'UTC')
                         + interval '31 days'
     AND (c.date_end IS NULL OR n.date_issued < c.date_end + interval '1 second'
          OR n.date_reserved >= c.date_start
         AND n.date_reserved < c.date_end + interval '1 second')
   WHERE n.state = 'issued' AND t.nu_is_electronic IS NOT TRUE
     AND t.nu_series IS NOT NULL
     AND EXISTS (SELECT 1 FROM l10n_latam_document_type w
                  WHERE w.nu_is_electronic AND (w.id = t.nu_twin_id
                                                OR w.nu_twin_id = t.id))
     AND (n.order_id IS NOT NULL OR n.move_id IS NOT NULL)
     AND NOT EXISTS (SELECT 1 FROM nu_pos_ecf e WHERE e.replaces_ncf_id = n.id)
"""


class NuPosNcf(models.Model):
    _inherit = "nu.pos.ncf"

    def _nu_replaced_by(self):
        """The e-CF in the place of these receipts; empty as long as there is none."""
        return (
            self.env["nu.pos.ecf"].sudo().search([("replaces_ncf_id", "in", self.ids)])
        )


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
        new = self.env["nu.pos.unit"].run(
            [receipt._lock_key()], receipt_replacer(receipt)
        )
        return self.browse(new or ())

    def _replacing_reference(self):
        """The reference of a document that replaces a receipt, else None."""
        ncf = self.replaces_ncf_id
        return _reference(ncf) if ncf else None


def receipt_replacer(receipt):
    """The work of one replacement, see ``replace_receipt``."""

    def work(unit):
        ncf = receipt.with_env(unit.env)
        Ecf = unit.env["nu.pos.ecf"]
        known = Ecf.search([("replaces_ncf_id", "=", ncf.id)], limit=1)
        if known:
            return known.id
        # the list is older than the lock: somebody may have annulled it since
        ncf.invalidate_recordset()
        if ncf.state != "issued":
            return None
        order, move = ncf.order_id, ncf.order_id.account_move or ncf.move_id
        kind = ncf.document_type_id._nu_electronic_twin()
        ledger = unit.env["nu.pos.ncf"]
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
        document, _modified = unit.env["nu.pos.ecf.describer"]._of_sale(
            order, move, number, _reference(ncf)
        )
        made = Ecf._sign(
            number,
            document,
            None,
            order_id=order.id,
            move_id=move.id,
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
        return self._nu_twin().filtered("nu_is_electronic")


class NuPosEcfContingency(models.Model):
    _inherit = "nu.pos.ecf.contingency"

    receipts_left = fields.Integer(
        string="Receipts to replace",
        compute="_compute_receipts_left",
        compute_sudo=True,
        help="Series B receipts of this time without an electronic one in their place.",
    )
    date_replace = fields.Date(
        string="Replace them until",
        compute="_compute_receipts_left",
        compute_sudo=True,
        help="30 calendar days after the first of them.",
    )

    def _compute_receipts_left(self):
        left = self._receipts_left()
        for record in self:
            count, first = left.get(record.id, (0, None))
            record.receipts_left = count
            record.date_replace = first and schedule.replacement_deadline(first)

    def _receipts_left(self):
        """``{id: (count, day of the first)}`` of those that have any."""
        rows = self.env.execute_query(
            SQL(
                "SELECT c.id, count(*), min(n.date_issued_day) %s"
                " AND c.id = ANY(%s) GROUP BY c.id",
                SQL(_LEFT),
                self.ids,
            )
        )
        return {row[0]: row[1:] for row in rows}

    @api.model
    def _cron_watch(self):
        # EXTENDS nu_restaurant_pos: the 30 days of what is to be replaced, too
        result = super()._cron_watch()
        today = calendar.fiscal_day(fields.Datetime.now())
        past = self.sudo().search([("kind", "=", "incapable")])
        for record in past:
            if record.date_replace and record.date_replace - REMIND <= today:
                record._remind_replacement()
        return result

    def _remind_replacement(self):
        """One activity for a manager, due on the last day."""
        self.ensure_one()
        self.company_id._nu_ecf_tell(
            self,
            self.env._("Replace the receipts of the contingency"),
            self.env._(
                "%(count)s receipts of series B wait for an electronic one in their "
                "place. The last day is %(limit)s, 30 days after the first of them "
                "(Instructivo Contingencia FE). End the contingency if it goes on, "
                "then press Replace receipts.",
                count=self.receipts_left,
                limit=fields.Date.to_string(self.date_replace),
            ),
            deadline=self.date_replace,
        )

    def action_leave(self):
        """End this contingency."""
        self.ensure_one()
        if self.date_end:
            raise UserError(self.env._("This contingency is over."))
        return self.company_id.action_leave_contingency()

    def action_replace(self):
        """Replace what series B carried in the contingencies of the company."""
        self.ensure_one()
        return self.company_id.action_replace_contingency()


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
        self.sudo()._nu_ecf_replaced()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Replacements"),
            "res_model": "nu.pos.ecf",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", made.ids)],
        }

    def _nu_ecf_replaced(self):
        """Nobody is to be reminded any more where all is replaced."""
        past = self.env["nu.pos.ecf.contingency"].search(
            [("company_id", "=", self.id), ("kind", "=", "incapable")]
        )
        done = past.filtered(lambda record: not record.receipts_left)
        done.activity_unlink(["mail.mail_activity_data_todo"])

    def _nu_ecf_leave(self):
        # EXTENDS nu_restaurant_pos: what series B carried has 30 days
        record = self.env["nu.pos.ecf.contingency"]._of(self)
        result = super()._nu_ecf_leave()
        record.invalidate_recordset(["receipts_left", "date_replace"])
        if record.kind == "incapable" and record.receipts_left:
            record._remind_replacement()
        return result

    @api.private
    def _nu_contingency_receipts(self):
        """Issued series B receipts of ``incapable`` contingencies that no e-CF replaces
        yet, the oldest first; those replaced last have 30 days from their own date."""
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT n.date_issued, n.id %s AND n.company_id = %s"
                " ORDER BY n.date_issued, n.id",
                SQL(_LEFT),
                self.id,
            )
        )
        return self.env["nu.pos.ncf"].browse(row[1] for row in rows)
