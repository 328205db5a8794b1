"""How often a secret may be guessed."""

import hashlib
import ipaddress
import json
import math
from contextlib import contextmanager
from dataclasses import dataclass, replace

from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED

from odoo import api, fields, models
from odoo.http import request
from odoo.sql_db import Cursor
from odoo.tools import SQL

from ..runtime.problem import ApiProblem


@dataclass(frozen=True)
class Limit:
    """``failures`` within ``window`` seconds lock for ``lock`` seconds, doubled with
    every further lock up to ``longest``."""

    failures: int
    window: int
    lock: int
    longest: int


#: ``pair``: a way in and the employee or login that is tried on it. Beside it the
#: login from one address whatever the device claims to be, the device as a whole, the
#: address as a whole, and the person from wherever.
LIMITS = {
    "pair": Limit(5, 300, 60, 900),
    "login": Limit(10, 300, 60, 900),
    "device": Limit(40, 3600, 900, 900),
    "ip": Limit(100, 3600, 900, 900),
    "subject": Limit(50, 3600, 300, 900),
}
#: A lock this many seconds in the past no longer doubles the next one.
FORGET = 3600
#: How long a way in is trusted after a success, in days.
TRUSTED_DAYS = 30


@dataclass(frozen=True)
class Source:
    """Where an attempt comes from.

    ``label``: a device or user by its id, or what an unproven device claims to be.
    ``proven``: the label has been proved, by a secret or by the token of the request.
    ``ip``: address of the client, None outside HTTP. ``for_another``: who calls tries
    the secret of somebody else, as for an approval.
    """

    label: str = ""
    proven: bool = False
    ip: str | None = None
    for_another: bool = False

    @property
    def network(self):
        """The address; of IPv6 the /64, of which one customer has all addresses."""
        try:
            address_ = ipaddress.ip_address((self.ip or "").split("%")[0])
        except ValueError:
            return self.ip or ""
        if address_.version == 6:
            if address_.ipv4_mapped:
                return str(address_.ipv4_mapped)
            return str(ipaddress.ip_network((address_, 64), strict=False))
        return str(address_)

    @property
    def way(self):
        """Key of the way in: an unproven label counts for its own address only, so
        that nobody elsewhere can lock it."""
        return (self.label,) if self.proven else (self.label, self.network)


@contextmanager
def apart(env):
    """A cursor whose work stands whatever becomes of the caller's transaction.

    It reads what others have committed (READ COMMITTED: a row it waited for is seen as
    it is now), commits when the block ends and rolls back when the block raises.
    """
    with env.registry.cursor() as cr:
        if isinstance(cr, Cursor):
            cr.connection.set_isolation_level(ISOLATION_LEVEL_READ_COMMITTED)
        yield cr


class NuPosLoginAttempt(models.Model):
    """Counters of log-ins, one row a key; durable beside the request.

    An attempt is counted before the secret is looked at, and taken back when the
    secret was right: however many workers check at once, no more than the limit get
    to check.

    Nobody is locked out by strangers. A device that proves itself is bound by its own
    counters only. Who does not, but has logged in this way before (same label, same
    address, same login, within ``TRUSTED_DAYS``), is bound by the pair only: neither
    the wrong passwords of others behind one address, nor those tried on his login from
    elsewhere, keep him out. Everybody else is bound by all counters.
    """

    _name = "nu.pos.login.attempt"
    _description = "Counter of log-in attempts"
    _order = "date_last desc"
    _rec_name = "device"
    _log_access = False

    key = fields.Char(required=True, readonly=True, help="Hash of what is counted.")
    kind = fields.Selection(
        [(kind, kind.capitalize()) for kind in LIMITS], required=True, readonly=True
    )
    device = fields.Char(readonly=True)
    failures = fields.Integer(readonly=True, default=0, aggregator=None)
    locks = fields.Integer(readonly=True, default=0, aggregator=None)
    date_start = fields.Datetime(string="Window began", readonly=True)
    date_last = fields.Datetime(string="Last attempt", readonly=True)
    date_locked = fields.Datetime(string="Locked until", readonly=True)
    date_success = fields.Datetime(string="Last success", readonly=True)

    _key_uniq = models.UniqueIndex("(key)")
    _last_idx = models.Index("(date_last)")

    @api.private
    @api.model
    def reserve(self, subject, source):
        """Count an attempt on a secret before looking at it.

        :param subject: whose secret: an employee, a login, or a way in; None counts
            device and address only
        :param source: :class:`Source`
        :return: the keys counted, for :meth:`clear`
        :raise ApiProblem: ``RATE_LIMITED``; then nothing was counted
        """
        limits = self._limits()
        kinds = {
            _key(kind, parts): kind
            for kind, parts in self._counters(subject, source).items()
            if limits[kind].failures
        }
        if not kinds:
            return {}
        with apart(self.env) as cr:
            rows = self._lock_rows(cr, kinds, source.label)
            binding = self._binding(rows, source)
            waits = [row["wait"] for row in rows if row["kind"] in binding]
            waits = [wait for wait in waits if (wait or 0) > 0]
            if waits:
                # rolls back: what is refused unseen is not counted, no row is left
                raise rate_limited(max(waits))
            # a lock that does not bind stays as it is
            counted = [row for row in rows if (row["wait"] or 0) <= 0]
            for row in counted:
                self._count(cr, row, limits[row["kind"]])
        return {row["key"]: row["kind"] for row in counted}

    @api.model
    def _counters(self, subject, source):
        """``{kind: what is counted}`` of an attempt."""
        counters = {}
        if subject is not None:
            counters["pair"] = (*source.way, subject)
            counters["subject"] = (subject,)
        if source.label:
            counters["device"] = source.way
        if source.ip and not source.proven:
            counters["ip"] = (source.network,)
            if subject is not None:
                counters["login"] = (source.network, subject)
        return counters

    @api.model
    def _binding(self, rows, source):
        """Kinds of counters whose lock keeps this attempt out."""
        trusted = any(row["kind"] == "pair" and row["trusted"] for row in rows)
        if source.proven:
            bound = {"pair", "device"}
            return bound if trusted or not source.for_another else bound | {"subject"}
        return {"pair"} if trusted else set(LIMITS)

    @api.model
    def _lock_rows(self, cr, kinds, label):
        # in the order of the keys: two attempts cannot wait for each other
        values = SQL(", ").join(
            SQL("(%s, %s, %s, 0, 0)", key, kinds[key], (label or "")[:128] or None)
            for key in sorted(kinds)
        )
        cr.execute(
            SQL(
                """INSERT INTO nu_pos_login_attempt (key, kind, device, failures, locks)
                   VALUES %(values)s
                   ON CONFLICT (key) DO UPDATE SET key = EXCLUDED.key
                   RETURNING id, key, kind, failures, locks, date_locked IS NOT NULL
                       AS locked, %(now)s - date_start AS age,
                       date_locked - %(now)s AS wait,
                       date_success > %(now)s - %(days)s * interval '1 day' AS trusted
                """,
                values=values,
                now=_NOW,
                days=TRUSTED_DAYS,
            )
        )
        rows = cr.dictfetchall()
        for row in rows:
            for name in ("age", "wait"):
                row[name] = row[name] and row[name].total_seconds()
        return rows

    @api.model
    def _count(self, cr, row, limit):
        fresh = row["locked"] or row["age"] is None or row["age"] > limit.window
        locks = 0 if -(row["wait"] or 0) > FORGET else row["locks"]
        failures = 1 if fresh else row["failures"] + 1
        lock = None
        if failures >= limit.failures:
            lock = min(limit.lock * 2 ** min(locks, 16), limit.longest)
            locks += 1
        cr.execute(
            SQL(
                """UPDATE nu_pos_login_attempt
                      SET failures = %(failures)s, locks = %(locks)s,
                          date_last = %(now)s,
                          date_start = CASE WHEN %(fresh)s THEN %(now)s
                                            ELSE date_start END,
                          date_locked = %(now)s + %(lock)s * interval '1 second'
                    WHERE id = %(id)s""",
                failures=failures,
                locks=locks,
                fresh=bool(fresh),
                lock=lock,
                now=_NOW,
                id=row["id"],
            )
        )

    @api.private
    @api.model
    def clear(self, reserved):
        """The secret was right: forget the pair's failures and trust it from now on,
        and take this attempt back from the other counters. Durable at once.

        :param reserved: what :meth:`reserve` returned
        """
        if not reserved:
            return
        limits = self._limits()
        with apart(self.env) as cr:
            for key, kind in sorted(reserved.items()):
                if kind == "pair":
                    query = SQL(
                        """UPDATE nu_pos_login_attempt
                              SET failures = 0, locks = 0, date_start = NULL,
                                  date_locked = NULL, date_last = %(now)s,
                                  date_success = %(now)s
                            WHERE key = %(key)s""",
                        now=_NOW,
                        key=key,
                    )
                else:
                    # at the limit the lock was this attempt's own doing, or another's
                    # that no longer reaches it
                    query = SQL(
                        """UPDATE nu_pos_login_attempt
                              SET failures = GREATEST(failures - 1, 0),
                                  locks = CASE WHEN failures >= %(limit)s
                                      THEN GREATEST(locks - 1, 0) ELSE locks END,
                                  date_locked = CASE WHEN failures >= %(limit)s
                                      THEN NULL ELSE date_locked END
                            WHERE key = %(key)s""",
                        limit=limits[kind].failures,
                        key=key,
                    )
                cr.execute(query)

    @api.model
    def _limits(self):
        """System parameters change the failures an hour:
        ``nu_pos.login_device_failures`` and ``nu_pos.login_ip_failures`` (0: no limit,
        for a proxy that hides all addresses) and ``nu_pos.login_subject_failures``,
        which is never below 10 and is not switched off: some limit always holds."""
        limits = dict(LIMITS)
        parameters = self.env["ir.config_parameter"].sudo()
        for kind, least in (("device", 0), ("ip", 0), ("subject", 10)):
            text = (parameters.get_param(f"nu_pos.login_{kind}_failures") or "").strip()
            if text.isascii() and text.isdigit():
                known = limits[kind]
                limits[kind] = replace(known, failures=max(int(text), least))
        return limits

    @api.autovacuum
    def _gc_old(self):
        now = fields.Datetime.now()
        trusted = fields.Datetime.subtract(now, days=TRUSTED_DAYS)
        self.sudo().search(
            [
                ("date_last", "<", fields.Datetime.subtract(now, days=1)),
                "|",
                ("date_success", "=", False),
                ("date_success", "<", trusted),
            ],
            limit=10_000,
        ).unlink()


#: In the context of a log-in of the API; an object, nobody can send it.
API_LOGIN = object()
_NOW = SQL("(clock_timestamp() AT TIME ZONE 'UTC')")


def rate_limited(seconds):
    """The refusal that asks to wait."""
    return ApiProblem(
        "RATE_LIMITED",
        "Too many failed attempts; wait before trying again",
        retry_after=max(math.ceil(seconds), 1),
    )


def _key(kind, parts):
    text = json.dumps([kind, *(str(part).lower() for part in parts)])
    return hashlib.sha256(text.encode()).hexdigest()


def address():
    return request.httprequest.remote_addr if request else None
