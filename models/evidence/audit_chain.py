"""The chain of the audit: verification, export, retention."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...fiscal import calendar, chain
from .audit_key import Head, HeadFile, authentication_key
from .nu_pos_audit_seal import ROW_FIELDS, chain_of, row_columns

#: Entries read at a time.
PAGE = 5000


class AuditChain:
    """The chain of one company; of an empty company: the rows that belong to none.

    Whoever makes one has checked the rights: this reads as the system.
    """

    def __init__(self, env: api.Environment, company: models.BaseModel):
        self.env = env(su=True)
        self.company = company.with_env(self.env)

    @classmethod
    def all(cls, env: api.Environment) -> list["AuditChain"]:
        """Return the chain of rows of no company, then those of the companies."""
        Company = env["res.company"].sudo().with_context(active_test=False)
        companies = Company.search([("id", "!=", False)], order="id")
        return [cls(env, company) for company in (Company, *companies)]

    def verify(self):
        """Follow the whole chain and compare it with what was attested of it, in the
        database and outside.

        :return: :class:`chain.Verdict`, which names the first bad row
        """
        start = self.env["nu.pos.audit.seal"]._start(self.env.cr, self.company.id)
        heads = HeadFile.of(self.env)
        noted = heads.noted().get(self.company.id or 0) if heads else None
        verdict = chain.verify(
            self._entries(start.seq),
            start,
            key=authentication_key(self.env),
            chain_id=self.company.id or 0,
            trusted_seq=noted.trusted_seq if noted else 0,
        )
        if verdict.ok:
            verdict.broken = (
                self._inserted(verdict)
                or self._unattested(verdict)
                or (noted and self._departed(verdict, noted.seq, noted.hash))
            )
        return verdict

    def compare(self, seq, digest):
        """Compare a chain with a head that was sent out of the database before.

        :param seq: place of the head, as the log or the mail says
        :param digest: its hash
        :return: :class:`chain.Verdict` of the whole chain
        """
        verdict = self.verify()
        if verdict.ok:
            verdict.broken = self._departed(verdict, seq, digest)
        return verdict

    def _departed(self, verdict, seq, digest):
        """How a chain differs from a head it once had, None if it does not."""
        seals = self.env["nu.pos.audit.seal"]
        if seq > verdict.seq:
            return chain.Break(verdict.seq, verdict.row_id or None, "truncated")
        start = seals._start(self.env.cr, self.company.id)
        if seq < start.seq:
            return None  # pruned after its retention, attested by the anchor
        if seals._hash_at(self.env.cr, self.company.id, seq) == digest:
            return None
        return chain.Break(seq, None, "rewritten")

    def accept(self, reason):
        """Take a chain as it is for the one this server goes on from: after a backup
        was restored, or the server's secret was lost for ever.

        Authentication codes of what is there are not looked at any more; the hashes
        are. Recorded in the audit with its reason.

        :param reason: text
        """
        head = self.env["nu.pos.audit.seal"]._head(self.env.cr, self.company.id)
        self.env["nu_restaurant_pos.order_audit"]._record(
            "config",
            company=self.company,
            payload={
                "act": "audit_accept",
                "reason": reason,
                "seq": head.seq,
                "hash": head.hash,
            },
        )
        if heads := HeadFile.of(self.env):
            chain_id = self.company.id or 0
            accepted = Head(head.seq, head.hash, head.seq)
            self.env.cr.postcommit.add(lambda: heads.note(chain_id, accepted))

    def check(self):
        """Verify a chain, keep the result and raise the alarm if it is broken.

        :return: the ``nu.pos.audit.anchor`` of the result
        """
        anchor = self.env["nu.pos.audit.anchor"].attest(
            "verify", self.company, self.verify()
        )
        if anchor.reason:
            anchor._alert()
        return anchor

    def unsealed(self):
        """How many rows wait for their seal."""
        head = self.env["nu.pos.audit.seal"]._head(self.env.cr, self.company.id)
        self.env.cr.execute(
            SQL(
                "SELECT count(*) FROM nu_restaurant_pos_order_audit a"
                " WHERE %s AND a.id > %s",
                chain_of("a", self.company.id),
                head.row_id,
            )
        )
        return self.env.cr.fetchone()[0]

    def _entries(self, after, last=None):
        """Entries after a place, up to another one; a page at a time."""
        while True:
            self.env.cr.execute(
                SQL(
                    """
                    SELECT s.seq, s.prev_hash, s.hash, s.audit_id, s.mac, %s
                      FROM nu_pos_audit_seal s
                      LEFT JOIN nu_restaurant_pos_order_audit a ON a.id = s.audit_id
                     WHERE COALESCE(s.company_id, 0) = %s AND s.seq > %s %s
                     ORDER BY s.seq LIMIT %s
                    """,
                    row_columns("a"),
                    self.company.id or 0,
                    after,
                    SQL("AND s.seq <= %s", last) if last is not None else SQL(),
                    PAGE,
                )
            )
            page = self.env.cr.fetchall()
            for seq, prev_hash, digest, row_id, mac, *values in page:
                row = dict(zip(ROW_FIELDS, values))
                # of a row that is gone the join has no id
                row = row if row["id"] else None
                yield chain.Entry(seq, prev_hash, digest, row, row_id, mac)
            if len(page) < PAGE:
                return
            after = page[-1][0]

    def _inserted(self, verdict):
        """A row without a seal below the last sealed one: sealing leaves none, so it
        was put there afterwards."""
        self.env.cr.execute(
            SQL(
                """
                SELECT a.id, (SELECT s.seq FROM nu_pos_audit_seal s
                               WHERE COALESCE(s.company_id, 0) = %s
                                 AND s.audit_id > a.id
                               ORDER BY s.seq LIMIT 1)
                  FROM nu_restaurant_pos_order_audit a
                 WHERE %s AND a.id <= %s AND NOT EXISTS (
                       SELECT FROM nu_pos_audit_seal s WHERE s.audit_id = a.id)
                 ORDER BY a.id LIMIT 1
                """,
                self.company.id or 0,
                chain_of("a", self.company.id),
                verdict.row_id,
            )
        )
        if row := self.env.cr.fetchone():
            return chain.Break(row[1] or verdict.seq, row[0], "inserted")
        return None

    def _unattested(self, verdict):
        """A place that was attested once and is not there, or is another one now."""
        start = self.env["nu.pos.audit.seal"]._start(self.env.cr, self.company.id)
        self.env.cr.execute(
            """
            SELECT a.seq, s.audit_id FROM nu_pos_audit_anchor a
              LEFT JOIN nu_pos_audit_seal s
                ON COALESCE(s.company_id, 0) = %(chain)s AND s.seq = a.seq
             WHERE COALESCE(a.company_id, 0) = %(chain)s AND a.seq > %(start)s
               AND a.kind <> 'prune' AND s.hash IS DISTINCT FROM a.hash
             ORDER BY a.seq LIMIT 1
            """,
            {"chain": self.company.id or 0, "start": start.seq},
        )
        row = self.env.cr.fetchone()
        if row and row[1] is None:
            return chain.Break(verdict.seq, verdict.row_id or None, "truncated")
        return row and chain.Break(row[0], row[1], "rewritten")

    # -- Export --------------------------------------------------------------------

    def span(self, date_from=None, date_to=None):
        """The entries of a period: from the first to the last row of it, with every
        entry between them, as a chain has no holes.

        :param date_from: first day in Santo Domingo, all before it by default
        :param date_to: last day, included
        :return: ``dict``: first_seq, last_seq, count, previous_hash, first_hash,
            last_hash; None when the period has no sealed row
        """
        conditions = [SQL("COALESCE(s.company_id, 0) = %s", self.company.id or 0)]
        if date_from:
            start, _end = calendar.day_bounds_utc(date_from)
            conditions.append(SQL("a.create_date >= %s", start))
        if date_to:
            _start, end = calendar.day_bounds_utc(date_to)
            conditions.append(SQL("a.create_date < %s", end))
        self.env.cr.execute(
            SQL(
                """
                SELECT f.seq AS first_seq, l.seq AS last_seq,
                       l.seq - f.seq + 1 AS count, f.prev_hash AS previous_hash,
                       f.hash AS first_hash, l.hash AS last_hash
                  FROM (SELECT min(s.seq) AS first, max(s.seq) AS last
                          FROM nu_pos_audit_seal s
                          JOIN nu_restaurant_pos_order_audit a ON a.id = s.audit_id
                         WHERE %(conditions)s) bounds
                  JOIN nu_pos_audit_seal f
                    ON f.seq = bounds.first AND COALESCE(f.company_id, 0) = %(chain)s
                  JOIN nu_pos_audit_seal l
                    ON l.seq = bounds.last AND COALESCE(l.company_id, 0) = %(chain)s
                """,
                conditions=SQL(" AND ").join(conditions),
                chain=self.company.id or 0,
            )
        )
        return self.env.cr.dictfetchone()

    def export(self, write, date_from=None, date_to=None):
        """Write the entries of a period as JSON lines, after a line that says what they
        are, and record that they were handed out.

        The chain is verified on the way: a file that does not hold proves nothing.

        :param write: called with each line, with its line end
        :return: the ``nu.pos.audit.anchor`` of the export
        :raise UserError: nothing sealed in the period; the chain is broken
        """
        span = self.span(date_from, date_to)
        if not span:
            raise UserError(self.env._("The period has no sealed rows."))
        header = chain.header_line(
            company_id=self.company.id or None,
            company=self.company.name or None,
            tax_id=self.company.vat or None,
            date_from=date_from or None,
            date_to=date_to or None,
            exported=fields.Datetime.now(),
            **span,
        )
        write(header + "\n")

        dates = []

        def written():
            before = span["first_seq"] - 1
            for entry in self._entries(before, span["last_seq"]):
                yield entry
                # asked for the next one: this one holds
                dates[1:] = [entry.row["create_date"]]
                write(chain.entry_line(entry) + "\n")

        verdict = chain.verify(
            written(),
            chain.Verdict(seq=span["first_seq"] - 1, hash=span["previous_hash"]),
        )
        if verdict.ok and verdict.hash != span["last_hash"]:
            verdict.broken = chain.Break(verdict.seq, verdict.row_id, "rewritten")
        if not verdict.ok:
            raise UserError(
                self.env._(
                    "The chain is broken, nothing was exported. %(finding)s",
                    finding=chain.describe(verdict.broken),
                )
            )
        return self.env["nu.pos.audit.anchor"].attest(
            "export",
            self.company,
            verdict,
            first_seq=span["first_seq"],
            date_from=dates[0],
            date_to=dates[-1],
        )

    # -- Retention -----------------------------------------------------------------

    def prune(self):
        """Delete the rows whose retention period (``nu_pos.audit_retention_years``,
        10 by default, 0 = never) is over and that were exported; the chain of what is
        kept is verified first.

        :return: how many rows were deleted
        :raise UserError: the chain is broken: evidence of that is not deleted
        """
        verdict = self.verify()
        if not verdict.ok:
            raise UserError(
                self.env._(
                    "The chain is broken, nothing is deleted. %(finding)s",
                    finding=chain.describe(verdict.broken),
                )
            )
        # attested before the rows are gone: what is deleted was whole
        self.env["nu.pos.audit.anchor"].attest("verify", self.company, verdict)
        self.env.cr.execute(
            "SELECT nu_pos_audit_prune(%s, %s)", [self.company.id or None, self.env.uid]
        )
        return self.env.cr.fetchone()[0]
