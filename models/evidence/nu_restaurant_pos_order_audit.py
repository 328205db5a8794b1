import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.sql_db import Cursor
from odoo.tools import SQL, file_open

from ...fiscal import chain
from ...fiscal.canonical import canonical_json
from ...schemas.base import printable
from ..runtime.call import call_of
from .audit_chain import AuditChain
from .audit_secrets import without_secrets
from .nu_pos_audit_seal import ROW_FIELDS, row_columns

_logger = logging.getLogger(__name__)

AUDIT_EVENTS = [
    ("login", "Log in"),
    ("refusal", "Refused"),
    ("create", "Draft created"),
    ("update", "Draft updated"),
    ("cancel", "Draft cancelled"),
    ("take_over", "Draft of a hub taken over"),
    ("void_item", "Voided after the kitchen"),
    ("reserve", "Number reserved"),
    ("release", "Number given back"),
    ("void", "Number annulled"),
    ("taken_off", "Number taken off a second document"),
    ("hub_finalize", "Sale finalized"),
    ("pos_finalize", "Sale finalized in Odoo"),
    ("sale_warning", "Sold with a warning"),
    ("repeat", "Repeated with other facts"),
    ("quarantine", "Paid sale quarantined"),
    ("quarantine_sold", "Quarantined sale sold"),
    ("quarantine_discarded", "Quarantined sale discarded"),
    ("refund", "Given back"),
    ("reissue", "Document of another type"),
    ("print", "Receipt printed"),
    ("invoice", "Invoice numbered"),
    ("approval", "Approved by a manager"),
    ("permission", "Permission changed"),
    ("range", "Range changed"),
    ("device", "Device changed"),
    ("config", "Configuration changed"),
    ("ecf_sent", "e-CF sent"),
    ("ecf_accepted", "e-CF accepted"),
    ("ecf_rejected", "e-CF rejected"),
    ("ecf_corrected", "e-CF signed anew"),
    ("ecf_annulled", "e-NCF annulled at DGII"),
    ("ecf_contingency", "Contingency"),
]
#: How much of a text is kept in a payload of a refusal.
TEXT_LIMIT = 500
#: How long a row on a connection of its own waits for a lock.
APART_LOCK_WAIT = "2s"


class OrderAudit(models.Model):
    """What happened, by whom, from where: one row for every effect.

    Append-only: written by :meth:`_record` in the transaction of the effect itself,
    changed and deleted by nobody; the database refuses it too. Order and number are
    kept as plain values, so that the evidence outlives the records. A job seals the
    rows into a chain afterwards, see ``nu.pos.audit.seal``.

    ``_record``          with the effect, in its transaction;
    ``_record_apart``    durable by itself, whatever becomes of the caller's
                         transaction: for what is refused;
    ``_record_refusal``  a refusal of the API, without secrets.

    Actor is the user of the environment; device, version of the client and request come
    from the :class:`Origin` that the gate left in its context.
    """

    _name = "nu_restaurant_pos.order_audit"
    _description = "POS order audit"
    _order = "id desc"
    _rec_name = "pos_reference"
    _log_access = False

    create_date = fields.Datetime(
        string="Time", readonly=True, required=True, default=fields.Datetime.now
    )
    event = fields.Selection(AUDIT_EVENTS, required=True, readonly=True)
    # restrict: emptying a column would be a change; who acted is archived, not deleted
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict")
    user_id = fields.Many2one(
        "res.users", string="Actor", readonly=True, ondelete="restrict"
    )
    device = fields.Char(readonly=True)
    app_version = fields.Char(readonly=True)
    request_id = fields.Char(readonly=True)
    pos_reference = fields.Char(string="Order reference", readonly=True)
    order_res_id = fields.Integer(string="Order id", readonly=True, aggregator=None)
    ncf = fields.Char(string="NCF", readonly=True)
    payload = fields.Text(readonly=True, help="Canonical JSON.")
    seal_state = fields.Selection(
        [("unsealed", "Not sealed yet"), ("sealed", "Sealed"), ("broken", "Broken")],
        string="Chain",
        compute="_compute_seal",
        help="Sealed: the row matches the hash it was sealed with.",
    )
    seal_seq = fields.Char(string="Entry", compute="_compute_seal")
    seal_hash = fields.Char(string="Hash", compute="_compute_seal")

    _reference_idx = models.Index("(company_id, pos_reference)")
    _event_idx = models.Index("(event, create_date)")
    _chain_idx = models.Index("(company_id, id)")

    def init(self):
        # after all tables of this addon exist
        self.pool.post_init(self._create_guards)

    def _create_guards(self):
        with file_open("nu_restaurant_pos/models/evidence/order_audit.sql") as script:
            self.env.cr.execute(script.read())

    def _compute_seal(self):
        self.env.cr.execute(
            SQL(
                """
                SELECT s.seq, s.prev_hash, s.hash, %s
                  FROM nu_restaurant_pos_order_audit a
                  JOIN nu_pos_audit_seal s ON s.audit_id = a.id WHERE a.id IN %s
                """,
                row_columns("a"),
                tuple(self.ids) or (0,),
            )
        )
        seals = {}
        for seq, prev_hash, digest, *values in self.env.cr.fetchall():
            row = dict(zip(ROW_FIELDS, values))
            holds = chain.link(prev_hash, row) == digest
            seals[row["id"]] = ("sealed" if holds else "broken", str(seq), digest)
        for record in self:
            record.seal_state, record.seal_seq, record.seal_hash = seals.get(
                record.id, ("unsealed", False, False)
            )

    # -- Writing -------------------------------------------------------------------

    @api.model
    def _company_of_caller(self):
        """Company of whoever calls, see the floor of access."""
        return self.env.company

    @api.private
    @api.model
    def _record(
        self,
        event,
        company=None,
        pos_reference=None,
        order=None,
        ncf=None,
        payload=None,
    ):
        """Append one row in the current transaction; its failure fails the effect.

        :param event: key of ``AUDIT_EVENTS``
        :param payload: what canonical JSON can tell: no floats
        :return: the row
        """
        row = {
            "event": event,
            "company": company,
            "pos_reference": pos_reference,
            "order": order,
            "ncf": ncf,
            "payload": payload,
        }
        return self._record_all([row])

    @api.private
    @api.model
    def _record_all(self, rows):
        """Append many rows, in the order given.

        :param rows: dicts of the arguments of :meth:`_record`
        :return: the rows
        """
        now, request = fields.Datetime.now(), call_of(self.env)
        origin = (
            self.env.uid or None,
            request.device,
            request.app_version,
            request.request_id,
        )
        values = []
        for row in rows:
            if row["event"] not in EVENT_NAMES:
                raise ValueError(f"{row['event']} is not an event of the audit")
            values += (
                now,
                row["event"],
                row["company"].id if row["company"] else None,
                *origin,
                row["pos_reference"] or None,
                row["order"].id if row["order"] else None,
                row["ncf"] or None,
                canonical_json(row["payload"] or {}),
            )
        # one plain statement: the ORM has nothing to add to rows nobody can change
        count = len(values) // len(_COLUMNS)
        self.env.cr.execute(
            f"{_INSERT} VALUES {', '.join([_ROW] * count)} RETURNING id", values
        )
        return self.sudo().browse(row_id for (row_id,) in self.env.cr.fetchall())

    @api.private
    @api.model
    def _record_apart(self, event, **values):
        """Append one row on a connection of its own, durable when this returns.

        For what is refused: the transaction of the request is rolled back, its trace
        is not. The records in ``values`` must be committed.
        """
        with self.env.registry.cursor() as cr:
            if isinstance(cr, Cursor):
                # Refusals of one client at once count on one row: who comes second
                # waits and counts on, where REPEATABLE READ would lose its trace.
                cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            # Committed by the context manager. The caller's transaction may hold what
            # the row refers to: waiting for it would be waiting for ourselves.
            cr.execute("SELECT set_config('lock_timeout', %s, true)", [APART_LOCK_WAIT])
            self.with_env(self.env(cr=cr))._record_apart_in(event, **values)
        if not isinstance(cr, Cursor):
            # A test on one connection: what was just written is undone when the
            # request's cursor rolls back. Write it again then.
            self.env.cr.postrollback.add(
                lambda: self._record_apart_again(event, **values)
            )

    def _record_apart_again(self, event, **values):
        with self.env.registry.cursor() as cr:
            self.with_env(self.env(cr=cr))._record_apart_in(event, **values)

    @api.model
    def _record_apart_in(self, event, **values):
        """Append the row of :meth:`_record_apart`, on its own connection already."""
        return self._record(event, **values)

    @api.private
    @api.model
    def _record_refusal(self, problem, context=None):
        """Record that a request was refused, on a connection of its own.

        The refusal stands whether or not its trace can be written: a database error is
        logged, not raised.

        :param problem: ``ApiProblem``, or any exception
        :param context: what is known of the request: ``company`` and ``order``
            (records), ``pos_reference``, ``ncf``; everything else (``method``,
            ``path``, ``login``, ``permission``, ...) goes into the payload, values of
            secret names hidden
        """
        context = dict(context or {})
        values = {
            name: context.pop(name, None)
            for name in ("company", "order", "pos_reference", "ncf")
        }
        if not values["company"]:
            values["company"] = self._company_of_caller()
        payload = without_secrets(context, TEXT_LIMIT)
        payload["code"] = getattr(problem, "code", None) or type(problem).__name__
        extra = getattr(problem, "extra", None) or {}
        if extra.get("permission"):
            payload["permission"] = str(extra["permission"])
        errors = getattr(problem, "errors", None)
        if errors:
            # the paths only: messages and given values may quote what was sent
            payload["paths"] = [str(entry["path"])[:64] for entry in errors[:20]]
        elif detail := getattr(problem, "detail", None):
            payload["detail"] = str(detail)[:TEXT_LIMIT]
        reference = values["pos_reference"]
        # as sent, hence with whatever a client may put in
        values["pos_reference"] = printable(str(reference))[:64] if reference else None
        try:
            self._record_apart("refusal", payload=payload, **values)
        except psycopg2.Error:
            # its own connection: the caller's transaction is not touched
            _logger.exception("A refusal could not be recorded: %s", payload["code"])

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise AccessError(self.env._("The audit is written by the system only."))

    def write(self, vals):  # pylint: disable=method-required-super
        raise AccessError(self.env._("The audit is append-only."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._("The audit is append-only."))

    # -- Actions -------------------------------------------------------------------

    @api.model
    def action_verify(self):
        """Verify the chains of the user's companies; a notification tells the result
        and names the first bad row."""
        self.check_access("read")
        chains = [
            AuditChain(self.env, company)
            for company in (self.env["res.company"], *self.env.companies)
        ]
        anchors = [audit_chain.check() for audit_chain in chains]
        broken = [anchor for anchor in anchors if anchor.reason]
        waiting = sum(audit_chain.unsealed() for audit_chain in chains)
        if broken:
            message = " ".join(anchor._finding() for anchor in broken)
        else:
            message = self.env._(
                "%(count)s rows hold, %(waiting)s wait for their seal.",
                count=sum(anchor.row_count for anchor in anchors),
                waiting=waiting,
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("The audit chain is broken")
                if broken
                else self.env._("The audit chain holds"),
                "message": message,
                "type": "danger" if broken else "success",
                "sticky": bool(broken),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }


EVENT_NAMES = frozenset(name for name, _label in AUDIT_EVENTS)
_COLUMNS = [name for name in ROW_FIELDS if name != "id"]
_INSERT = f"INSERT INTO nu_restaurant_pos_order_audit ({', '.join(_COLUMNS)})"
_ROW = f"({', '.join(['%s'] * len(_COLUMNS))})"
