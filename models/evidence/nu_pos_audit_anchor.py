import logging

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ...fiscal import calendar, chain
from ..mixins.fields import SequenceNumber
from .audit_chain import AuditChain

_logger = logging.getLogger(__name__)

ANCHOR_KINDS = [
    ("verify", "Verified"),
    ("export", "Exported"),
    ("prune", "Deleted after retention"),
]


class NuPosAuditAnchor(models.Model):
    """What somebody attested of a chain of the audit, and when.

    ``verify``  its entries up to ``seq`` hold and end in ``hash``; with a ``reason``
                they hold only that far, and ``bad_seq`` is the first that does not;
    ``export``  the entries ``first_seq`` to ``seq`` were handed out in a file;
    ``prune``   the entries up to ``seq`` were deleted after their retention period;
                the chain that is kept follows on ``hash``.

    A later verification compares the chain with what was attested of it, so that the
    last rows cannot vanish together with their seals. Append-only; the database
    accepts a ``prune`` only for what is sealed, exported and old enough.
    """

    _name = "nu.pos.audit.anchor"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Attested state of the audit chain"
    _order = "id desc"
    _rec_name = "create_date"
    _log_access = False

    kind = fields.Selection(ANCHOR_KINDS, required=True, readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict")
    user_id = fields.Many2one(
        "res.users", string="By", readonly=True, ondelete="restrict"
    )
    create_date = fields.Datetime(string="Time", required=True, readonly=True)
    first_seq = SequenceNumber(string="From entry", readonly=True, aggregator=None)
    seq = SequenceNumber(
        string="To entry", readonly=True, required=True, aggregator=None
    )
    hash = fields.Char(readonly=True, required=True)
    row_count = SequenceNumber(string="Rows", readonly=True, aggregator=None)
    date_from = fields.Datetime(string="First row", readonly=True)
    date_to = fields.Datetime(string="Last row", readonly=True)
    reason = fields.Selection(
        list(chain.REASONS.items()), string="Finding", readonly=True
    )
    bad_seq = SequenceNumber(string="Bad entry", readonly=True, aggregator=None)
    bad_row_id = fields.Integer(string="Bad row", readonly=True, aggregator=None)
    state = fields.Selection(
        [("ok", "Holds"), ("broken", "Broken")], compute="_compute_state"
    )

    _chain_idx = models.Index("(company_id, kind, seq)")

    @api.depends("reason")
    def _compute_state(self):
        for record in self:
            record.state = "broken" if record.reason else "ok"

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise AccessError(self.env._("The audit is written by the system only."))

    def write(self, vals):  # pylint: disable=method-required-super
        raise AccessError(self.env._("The audit is append-only."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._("The audit is append-only."))

    @api.private
    @api.model
    def attest(self, kind, company, verdict, **values):
        """Record what was found of a chain; the new record.

        :param verdict: :class:`chain.Verdict`
        :param values: further columns
        """
        broken = verdict.broken
        columns = {
            "kind": kind,
            "company_id": company.id or None,
            "user_id": self.env.uid,
            "create_date": fields.Datetime.now(),
            "seq": verdict.seq,
            "hash": verdict.hash,
            "row_count": verdict.count,
            "reason": broken and broken.reason,
            "bad_seq": broken and broken.seq,
            "bad_row_id": broken and (broken.row_id or broken.after_id),
            **values,
        }
        self.env.cr.execute(
            SQL(
                "INSERT INTO nu_pos_audit_anchor (%s) VALUES %s RETURNING id",
                SQL(", ").join(map(SQL.identifier, columns)),
                tuple(columns.values()),
            )
        )
        return self.sudo().browse(self.env.cr.fetchone()[0])

    def _finding(self):
        """What was found, as a sentence that names the row."""
        self.ensure_one()
        name = self.company_id.name or self.env._("no company")
        if not self.reason:
            return self.env._(
                "%(chain)s: %(count)s rows hold, up to entry %(seq)s.",
                chain=name,
                count=self.row_count,
                seq=self.seq,
            )
        reason = dict(self._fields["reason"]._description_selection(self.env))
        values = {
            "chain": name,
            "seq": self.bad_seq,
            "row": self.bad_row_id,
            "reason": reason[self.reason],
        }
        if self.reason == "gap":
            return self.env._(
                "%(chain)s: entry %(seq)s, after row %(row)s: %(reason)s.", **values
            )
        return self.env._(
            "%(chain)s: row %(row)s, entry %(seq)s: %(reason)s.", **values
        )

    def _alert(self):
        """Tell the administrators of a broken chain: an error in the log each time, an
        activity once for each break."""
        self.ensure_one()
        _logger.error("The audit chain is broken. %s", self._finding())
        known = self.search_count(
            [
                ("kind", "=", "verify"),
                ("id", "<", self.id),
                ("company_id", "=", self.company_id.id),
                ("reason", "=", self.reason),
                ("bad_seq", "=", self.bad_seq),
            ],
            limit=1,
        )
        if known:
            return
        for user in self.env.ref("base.group_system").all_user_ids:
            if user.share or self.company_id - user.company_ids:
                continue
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("The audit chain is broken"),
                note=self._finding(),
                user_id=user.id,
            )

    # -- Once a day ----------------------------------------------------------------

    @api.model
    def _cron_verify(self):
        for audit_chain in AuditChain.all(self.env):
            audit_chain.check()
        self._mail_heads()

    @api.model
    def _mail_heads(self):
        """Send the head of each chain to ``nu_pos.audit_mail``, once a day: who keeps
        the mail can prove later what the chain was (``nu_audit verify --head``)."""
        address = self.env["ir.config_parameter"].sudo().get_param("nu_pos.audit_mail")
        if not address:
            return
        seals = self.env["nu.pos.audit.seal"]
        lines = []
        for audit_chain in AuditChain.all(self.env):
            company = audit_chain.company
            head = seals._head(self.env.cr, company.id)
            if head.seq:
                name = company.name or self.env._("no company")
                lines.append(f"{company.id or 0}:{head.seq}:{head.hash}  {name}")
        day = calendar.fiscal_day(fields.Datetime.now())
        subject = self.env._(
            "Audit chain of %(database)s on %(day)s",
            database=self.env.cr.dbname,
            day=day,
        )
        hint = self.env._(
            "Keep this message. The command «nu_audit verify --head» with one of these "
            "lines proves that the audit is still the same."
        )
        body = Markup("<p>%s</p><pre>%s</pre>") % (hint, "\n".join(lines))
        self.env["mail.mail"].sudo().create(
            {
                "subject": subject,
                "email_to": address,
                "body_html": body,
                "auto_delete": True,
            }
        )
