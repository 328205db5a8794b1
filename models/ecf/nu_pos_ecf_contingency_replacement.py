"""Replacement of the series B receipts of a contingency by e-CF."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...fiscal import calendar
from ...fiscal.ecf import schedule

#: Managers are reminded that long before the 30 days of the first receipt are over.
REMIND = timedelta(days=10)
#: Issued receipts of series B of a contingency ``c`` that no e-CF replaces yet. A hub
#: may tell later of what it handed out then; after 30 days it cannot be replaced.
LEFT = """
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
                SQL(LEFT),
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
