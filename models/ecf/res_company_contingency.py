"""Contingency of a company: how it begins, ends and is declared."""

from datetime import timezone

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...fiscal import calendar
from ...fiscal.ecf import schedule
from .nu_pos_ecf_contingency import CONTINGENCIES

MANAGER = "point_of_sale.group_pos_manager"


class ResCompany(models.Model):
    _inherit = "res.company"

    nu_ecf_contingency = fields.Selection(
        CONTINGENCIES, string="Contingency", readonly=True, copy=False
    )
    nu_ecf_contingency_since = fields.Datetime(
        string="In contingency since", readonly=True, copy=False
    )
    nu_ecf_deliver = fields.Boolean(
        string="Deliver to electronic buyers",
        default=True,
        help="Accepted documents are sent to the address that the buyer has in DGII's "
        "directory.",
    )

    def _nu_is_electronic(self, moment=None):
        # EXTENDS nu_restaurant_pos: who cannot issue falls back on series B
        return super()._nu_is_electronic(moment) and not self._nu_ecf_cannot_issue()

    def _nu_ecf_cannot_issue(self):
        self.ensure_one()
        return self.nu_ecf_contingency == "incapable"

    # -- By hand -------------------------------------------------------------------

    def action_enter_contingency(self, kind="offline", note=None):
        """Declare a contingency: ``offline`` or ``incapable``."""
        self.ensure_one()
        self._nu_check_ecf_manager()
        if kind not in dict(CONTINGENCIES):
            raise UserError(self.env._("%s is no contingency.", kind))
        if self.nu_ecf_contingency:
            raise UserError(self.env._("The company is in contingency already."))
        self.sudo()._nu_ecf_enter(kind, fields.Datetime.now(), by_hand=True, note=note)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_leave_contingency(self):
        """End the contingency; what waits is sent, series B receipts are to be
        replaced with :meth:`action_replace_contingency`."""
        self.ensure_one()
        self._nu_check_ecf_manager()
        if not self.nu_ecf_contingency:
            raise UserError(self.env._("The company is not in contingency."))
        self.sudo()._nu_ecf_leave()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _nu_check_ecf_manager(self):
        if self.env.su:
            return
        if self not in self.env.user.company_ids or not self.env.user.has_group(
            MANAGER
        ):
            raise AccessError(
                self.env._("What goes to DGII is decided by POS managers.")
            )

    # -- By rule -------------------------------------------------------------------

    @api.private
    def _nu_ecf_connection_changed(self, connection):
        """The rule (``schedule.Connection``) found the way lost, or found it again."""
        self.ensure_one()
        current = self.env["nu.pos.ecf.contingency"]._of(self)
        if connection.in_contingency and not current:
            self._nu_ecf_enter("offline", connection.since)
        elif not connection.in_contingency and current.kind == "offline":
            # one declared by hand is ended by hand
            if not current.by_hand:
                self._nu_ecf_leave()

    def _nu_ecf_enter(self, kind, since, by_hand=False, note=None):
        since = since.replace(microsecond=0)
        if kind == "offline":
            limit = since + schedule.SEND_LIMIT
        else:
            limit = since + schedule.INCAPACITY_LIMIT
        record = self.env["nu.pos.ecf.contingency"].create(
            {
                "company_id": self.id,
                "kind": kind,
                "date_start": since,
                "date_limit": limit,
                "by_hand": by_hand,
                "note": note,
            }
        )
        self.write({"nu_ecf_contingency": kind, "nu_ecf_contingency_since": since})
        if kind == "offline":
            # handed over before DGII had them: they carry the legend from now on
            self._nu_ecf_move("queued", "contingency")
        self._nu_ecf_record("enter", record)
        self._nu_ecf_tell(
            record,
            self.env._("Contingency of electronic receipts"),
            self.env._(
                "DGII cannot be reached. Sales go on; the receipts are sent by "
                "themselves when it is back."
            )
            if kind == "offline"
            else self.env._(
                "Series B receipts are issued. Declare it in the Oficina Virtual."
            ),
        )

    def _nu_ecf_leave(self):
        record = self.env["nu.pos.ecf.contingency"]._of(self)
        record.date_end = fields.Datetime.now()
        self.write({"nu_ecf_contingency": False, "nu_ecf_contingency_since": False})
        self.env.execute_query(
            SQL(
                "UPDATE nu_pos_ecf SET date_next = %s WHERE company_id = %s"
                " AND state = 'contingency' AND lease IS NULL RETURNING id",
                fields.Datetime.now(),
                self.id,
            )
        )
        self.env.execute_query(
            SQL(
                "UPDATE nu_pos_ecf_link SET connection = NULL, date_probe = NULL"
                " WHERE company_id = %s RETURNING id",
                self.id,
            )
        )
        self._nu_ecf_record("leave", record)
        record.activity_unlink(["mail.mail_activity_data_todo"])
        self.env["nu.pos.ecf.queue"].wake()

    def _nu_ecf_move(self, old, new):
        self.env.execute_query(
            SQL(
                "UPDATE nu_pos_ecf SET state = %s WHERE company_id = %s AND state = %s"
                " AND id IN (SELECT id FROM nu_pos_ecf WHERE company_id = %s"
                " AND state = %s FOR UPDATE SKIP LOCKED) RETURNING id",
                new,
                self.id,
                old,
                self.id,
                old,
            )
        )
        self.env["nu.pos.ecf"].invalidate_model(["state"], flush=False)

    def _nu_ecf_record(self, act, record):
        since = record.date_start.replace(tzinfo=timezone.utc)
        self.env["nu_restaurant_pos.order_audit"]._record(
            "ecf_contingency",
            company=self,
            payload={
                "act": act,
                "kind": record.kind,
                "since": since.isoformat(),
                "by_hand": record.by_hand,
                "note": record.note or None,
            },
        )

    # -- Telling -------------------------------------------------------------------

    @api.private
    def _nu_ecf_tell(self, record, summary, note, deadline=None):
        """An activity for a manager of the company, once while it stands.

        :param deadline: day until which it is done, today unless told
        """
        self.ensure_one()
        record = record.sudo()
        if record.activity_ids.filtered(lambda a: a.summary == summary):
            return
        for user in self._nu_managers() or self.env.user:
            record.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=deadline or calendar.fiscal_day(fields.Datetime.now()),
                summary=summary,
                note=note,
                user_id=user.id,
            )

    def _nu_ecf_trouble(self):
        """What terminals tell of the state of e-CF, None when all is well.

        :return: ``dict``: ``contingency`` (``offline``, ``incapable`` or None),
            ``since`` and ``limit`` (UTC, ISO), ``waiting`` and ``rejected`` (counts),
            ``late`` (a document is beyond 72 hours)
        """
        self.ensure_one()
        [(waiting, rejected, oldest)] = self.env.execute_query(
            SQL(
                """
                SELECT count(*) FILTER (WHERE state IN
                           ('queued', 'contingency', 'unknown', 'sent')),
                       count(*) FILTER (WHERE state = 'rejected' AND NOT EXISTS (
                           SELECT 1 FROM nu_pos_ecf c WHERE c.corrects_id = e.id)),
                       min(date_signed) FILTER (WHERE state IN
                           ('queued', 'contingency', 'unknown'))
                  FROM nu_pos_ecf e WHERE company_id = %s AND state NOT IN
                       ('signed', 'accepted', 'conditional', 'annulled')
                """,
                self.id,
            )
        )
        current = self.env["nu.pos.ecf.contingency"]._of(self)
        if not (current or rejected or oldest):
            return None
        now = fields.Datetime.now()
        return {
            "contingency": current.kind or None,
            "since": _utc(current.date_start),
            "limit": _utc(current.date_limit),
            "waiting": waiting,
            "rejected": rejected,
            "late": bool(oldest and schedule.urgency(oldest, now).late),
        }


def _utc(moment):
    return f"{moment.isoformat()}Z" if moment else None
