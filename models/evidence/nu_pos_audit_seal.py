"""Sealing: giving the rows of the audit their place in the chain."""

import logging
import time
from contextlib import contextmanager

from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED

from odoo import api, fields, models
from odoo.sql_db import Cursor
from odoo.tools import SQL

from ...fiscal import chain
from ..mixins.fields import SequenceNumber
from .audit_key import Head, HeadFile, authentication_key

_logger = logging.getLogger(__name__)

#: What a seal covers: every column of a row.
ROW_FIELDS = (
    "id",
    "create_date",
    "event",
    "company_id",
    "user_id",
    "device",
    "app_version",
    "request_id",
    "pos_reference",
    "order_res_id",
    "ncf",
    "payload",
)
#: How seals are made: the chain's hash, and the code that only a server can make.
ALGORITHM = "sha256+hmac-sha256"
#: Rows sealed in one transaction.
BATCH = 5000
#: How often to look whether a transaction has ended, in seconds.
PAUSE = 0.02


def row_columns(alias):
    """The columns of ``ROW_FIELDS``, in their order."""
    return SQL(", ").join(SQL.identifier(alias, name) for name in ROW_FIELDS)


def chain_of(alias, company_id):
    """Condition for one chain; the index on (company_id, id) serves it."""
    column = SQL.identifier(alias, "company_id")
    if company_id:
        return SQL("%s = %s", column, company_id)
    return SQL("%s IS NULL", column)


class NuPosAuditSeal(models.Model):
    """Place and hash of an audit row: one chain a company, one for no company.

    Kept away from the row it protects, written once by :meth:`seal`, never changed:
    the database refuses it. A sale never waits for it, as sales only insert rows.

    **Nothing is skipped, and a chain is in the order of ids.** Ids come from a
    sequence, so a row may be committed after one with a higher id. A row is sealed
    only when every lower id is decided, committed or rolled back. To know that: read
    the last id drawn, then list who holds the lock that every writer of the table
    takes before it draws an id and keeps until its transaction ends. When none of
    those holders is left, all ids up to the one read are decided and, as locks go
    after the commit is visible, seen by the next statement. New writers draw higher
    ids and need no waiting for. Hence READ COMMITTED: a snapshot from before the wait
    would miss what was waited for.
    """

    _name = "nu.pos.audit.seal"
    _description = "Seal of an audit row"
    _order = "company_id, seq"
    _rec_name = "seq"
    _log_access = False

    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict")
    # a plain value: the seal must show that its row is gone, not vanish with it
    audit_id = fields.Integer(
        string="Row", readonly=True, required=True, aggregator=None
    )
    seq = SequenceNumber(string="Place", readonly=True, required=True, aggregator=None)
    prev_hash = fields.Char(string="Previous hash", readonly=True, required=True)
    hash = fields.Char(readonly=True, required=True)
    date_sealed = fields.Datetime(string="Sealed", readonly=True, required=True)
    algorithm = fields.Char(
        readonly=True, help="Empty: SHA-256 alone, as version 19.0.1.0.0 sealed."
    )
    mac = fields.Char(
        string="Authentication code",
        readonly=True,
        help="HMAC of place and hash, by a secret that is not in the database.",
    )

    _place_uniq = models.UniqueIndex("(COALESCE(company_id, 0), seq)")
    _row_uniq = models.UniqueIndex("(audit_id)")

    @api.private
    @api.model
    def seal(self, wait=2.0):
        """Seal what is decided, on a connection of its own, in batches.

        :param wait: how long to wait for transactions that are writing audit rows, in
            seconds; when they take longer the rows are left for the next call
        :return: how many rows were sealed
        """
        sealed = 0
        with self._connection() as cr:
            upto = self._decided(cr, wait)
            if not upto:
                return 0
            key = authentication_key(self.env(cr=cr))
            heads = HeadFile.of(self.env(cr=cr))
            cr.execute("SELECT id FROM res_company ORDER BY id")
            for company_id in [None, *(row[0] for row in cr.fetchall())]:
                before = self._head(cr, company_id)
                count = 0
                while batch := self._seal_batch(cr, company_id, upto, key):
                    count += batch
                    # A batch is durable by itself and its lock goes with it: the next
                    # one, or another worker, follows on its last hash.
                    cr.commit()  # pylint: disable=invalid-commit
                if count:
                    self._publish_head(cr, company_id, before, heads)
                sealed += count
        return sealed

    @api.model
    def _publish_head(self, cr, company_id, before, heads):
        """Send the head of a chain out of the database: to the log, and to the file of
        heads unless the chain is not the one the file knows."""
        head = self._head(cr, company_id)
        _logger.info(
            "Audit chain %s: head %s at entry %s", company_id or 0, head.hash, head.seq
        )
        if heads is None:
            return
        noted = heads.noted().get(company_id or 0)
        if noted is None:
            # the first seals of this server: what is there already is taken as it is
            noted = Head(before.seq, before.hash, before.seq)
        if self._hash_at(cr, company_id, noted.seq) == noted.hash:
            heads.note(company_id or 0, Head(head.seq, head.hash, noted.trusted_seq))
        else:
            _logger.error(
                "Audit chain %s: entry %s is not the one this server has sealed; "
                "verify the chain",
                company_id or 0,
                noted.seq,
            )

    @api.model
    def _hash_at(self, cr, company_id, seq):
        """Hash of an entry, also of the last one that was pruned; None without it."""
        start = self._start(cr, company_id)
        if seq <= start.seq:
            return start.hash if seq == start.seq else None
        cr.execute(
            "SELECT hash FROM nu_pos_audit_seal"
            " WHERE COALESCE(company_id, 0) = %s AND seq = %s",
            [company_id or 0, seq],
        )
        row = cr.fetchone()
        return row and row[0]

    @contextmanager
    def _connection(self):
        cr = self.env.registry.cursor()
        if isinstance(cr, Cursor):
            cr.connection.set_isolation_level(ISOLATION_LEVEL_READ_COMMITTED)
        with cr:
            yield cr

    @api.model
    def _decided(self, cr, wait):
        """Highest id up to which no row can appear any more; None within ``wait``."""
        cr.execute(
            "SELECT CASE WHEN is_called THEN last_value ELSE 0 END"
            " FROM nu_restaurant_pos_order_audit_id_seq"
        )
        [upto] = cr.fetchone()
        deadline = time.monotonic() + wait
        writers = self._writers(cr)
        while writers:
            if time.monotonic() >= deadline:
                return None
            time.sleep(PAUSE)
            writers &= self._writers(cr)
        return upto

    @api.model
    def _writers(self, cr):
        """Transactions, other than ours, that may have drawn an id."""
        cr.execute(
            """
            SELECT virtualtransaction FROM pg_locks
             WHERE locktype = 'relation' AND granted
               AND database = (
                   SELECT oid FROM pg_database WHERE datname = current_database())
               AND relation = 'nu_restaurant_pos_order_audit'::regclass
               AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock',
                            'ExclusiveLock', 'AccessExclusiveLock')
               AND pid IS DISTINCT FROM pg_backend_pid()
            """
        )
        return {row[0] for row in cr.fetchall()}

    @api.model
    def _seal_batch(self, cr, company_id, upto, key):
        # one sealer a chain; the next one reads the head after it has the lock
        cr.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"nu_pos_audit_seal:{company_id or 0}"],
        )
        head = self._head(cr, company_id)
        cr.execute(
            SQL(
                """
                SELECT %s FROM nu_restaurant_pos_order_audit a
                 WHERE %s AND a.id > %s AND a.id <= %s ORDER BY a.id LIMIT %s
                """,
                row_columns("a"),
                chain_of("a", company_id),
                head.row_id,
                upto,
                BATCH,
            )
        )
        ids, previous, hashes, codes = [], [], [], []
        digest = head.hash
        for values in cr.fetchall():
            row = dict(zip(ROW_FIELDS, values))
            previous.append(digest)
            digest = chain.link(digest, row)
            ids.append(row["id"])
            hashes.append(digest)
            place = head.seq + len(ids)
            codes.append(chain.authenticate(key, company_id or 0, place, digest))
        if not ids:
            return 0
        cr.execute(
            """
            INSERT INTO nu_pos_audit_seal
                   (company_id, audit_id, seq, prev_hash, hash, date_sealed,
                    algorithm, mac)
            SELECT %s, r.id, %s + r.place, r.previous, r.hash,
                   clock_timestamp() AT TIME ZONE 'UTC', %s, r.mac
              FROM unnest(%s::integer[], %s::text[], %s::text[], %s::text[])
                   WITH ORDINALITY AS r(id, previous, hash, mac, place)
            """,
            [company_id, head.seq, ALGORITHM, ids, previous, hashes, codes],
        )
        return len(ids)

    @api.model
    def _head(self, cr, company_id):
        """The last entry of a chain, or where it begins when it has none."""
        cr.execute(
            """
            SELECT seq, hash, audit_id FROM nu_pos_audit_seal
             WHERE COALESCE(company_id, 0) = %s ORDER BY seq DESC LIMIT 1
            """,
            [company_id or 0],
        )
        if row := cr.fetchone():
            return chain.Verdict(seq=row[0], hash=row[1], row_id=row[2])
        return self._start(cr, company_id)

    @api.model
    def _start(self, cr, company_id):
        """Where what is kept of a chain begins: after the last row deleted, or at the
        very beginning."""
        cr.execute(
            """
            SELECT seq, hash FROM nu_pos_audit_anchor
             WHERE kind = 'prune' AND COALESCE(company_id, 0) = %s
             ORDER BY seq DESC LIMIT 1
            """,
            [company_id or 0],
        )
        row = cr.fetchone()
        return chain.Verdict(seq=row[0], hash=row[1]) if row else chain.Verdict()

    @api.model
    def _cron_seal(self):
        self.seal(wait=30)
