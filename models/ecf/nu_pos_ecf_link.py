"""The way to DGII: addresses, tokens, and how it has been of late."""

import json
import re
import time
from dataclasses import dataclass
from datetime import datetime, timezone

from odoo import api, fields, models
from odoo.fields import NO_ACCESS
from odoo.tools import SQL

from ...fiscal.ecf.dgii import DgiiClient
from ...fiscal.ecf.dgii_answers import Token
from ...fiscal.ecf.dgii_http import Timeouts
from ...fiscal.ecf.dgii_receivers import PORTS, ReceiverClient
from ...fiscal.ecf.schedule import BackOff, Connection, Rule
from ...fiscal.ecf.transmission import Waits
from .endpoints import endpoints
from .res_company import ENVIRONMENTS

_ISSUER = re.compile(r"<RNCEmisor>(\d+)</RNCEmisor>")


def utc_now():
    """Now in UTC as the database keeps it, to the microsecond."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


def issuer_of(xml):
    """RNC of the issuer, as it was signed: the name of the company may change."""
    return _ISSUER.search(xml).group(1)


def number(text, default):
    """A parameter as a number; what is none does not stop the queue.

    >>> number("2.5", 30), number("soon", 30), number("-1", 30), number(False, 30)
    (2.5, 30, 30, 30)
    """
    try:
        value = float(text or default)
    except ValueError:
        return default
    return value if 0 <= value < float("inf") else default


def receiver_ports(env):
    """Ports of receivers that are called: ``nu_pos.ecf_receiver_ports``, by comma."""
    told = env["ir.config_parameter"].sudo().get_param("nu_pos.ecf_receiver_ports")
    found = [int(part) for part in re.findall(r"[0-9]{1,5}", told or "")]
    return tuple(found) or PORTS


@dataclass(frozen=True)
class Settings:
    """How DGII is called; each is the system parameter ``nu_pos.ecf_<name>``.

    Seconds: ``connect``, ``read`` and ``whole`` are time-outs; ``retry`` the first wait
    before sending again and ``poll`` before asking again, both grow; ``grace`` how long
    after a lost answer DGII may still say that it does not know the document; ``lease``
    how long a worker may keep one. ``calls_per_minute`` 0: no limit. ``lost_after``
    seconds without an answer are a contingency. ``receiver_whole``: longest call of
    another taxpayer's server.
    """

    connect: float = 5
    read: float = 30
    whole: float = 90
    retry: float = 30
    poll: float = 1
    grace: float = 120
    lease: float = 600
    calls_per_minute: float = 0
    lost_after: float = 60
    receiver_tries: float = 12
    receiver_whole: float = 20

    @classmethod
    def of(cls, env):
        read = env["ir.config_parameter"].sudo().get_param
        return cls(
            **{
                name: number(read(f"nu_pos.ecf_{name}"), field.default)
                for name, field in cls.__dataclass_fields__.items()
            }
        )

    @property
    def timeouts(self):
        return Timeouts(self.connect, self.read, self.whole)

    @property
    def receiver_timeouts(self):
        whole = self.receiver_whole
        return Timeouts(min(self.connect, whole), min(self.read, whole), whole)

    @property
    def sending(self):
        return BackOff(first=self.retry, longest=max(self.retry, 1800))

    @property
    def polling(self):
        return BackOff(first=self.poll, longest=max(self.poll, 300))

    @property
    def waits(self):
        return Waits(self.sending, self.polling, self.grace)

    @property
    def rule(self):
        return Rule(seconds=self.lost_after)


class NuPosEcfLink(models.Model):
    """What the workers share about DGII, one row a company and environment.

    A table of its own, because it changes while tills read the company.
    """

    _name = "nu.pos.ecf.link"
    _description = "Link to DGII"
    _log_access = False

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    environment = fields.Selection(ENVIRONMENTS, required=True, readonly=True)
    tokens = fields.Json(readonly=True, groups=NO_ACCESS)
    connection = fields.Json(readonly=True)
    date_probe = fields.Datetime(
        string="Next try", readonly=True, help="Nothing is called before."
    )
    date_free = fields.Datetime(readonly=True, help="Next call within the rate limit.")
    last_error = fields.Char(string="Last difficulty", readonly=True)

    _lane_uniq = models.UniqueIndex("(company_id, environment)")

    @api.private
    @api.model
    def lane(self, company, environment):
        """The row of a company and environment, made when first needed."""
        query = SQL(
            "SELECT id FROM nu_pos_ecf_link WHERE company_id = %s AND environment = %s",
            company.id,
            environment,
        )
        found = self.env.execute_query(query)
        if not found:
            self.env.execute_query(
                SQL(
                    "INSERT INTO nu_pos_ecf_link (company_id, environment)"
                    " VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING id",
                    company.id,
                    environment,
                )
            )
            found = self.env.execute_query(query)
        return self.sudo().browse(found[0][0])

    @api.private
    def connection_now(self):
        """How the calls of all workers have ended so far: ``schedule.Connection``."""
        self.ensure_one()
        query = SQL("SELECT connection FROM nu_pos_ecf_link WHERE id = %s", self.id)
        [(stored,)] = self.env.execute_query(query)
        return Connection.from_dict(stored or {})

    @api.private
    def after_call(self, answered, settings, error=None, now=None):
        """Note how a call ended, in the current transaction.

        :return: ``(before, after)``, two ``schedule.Connection``
        """
        self.ensure_one()
        now = now or utc_now()
        query = SQL("SELECT connection FROM nu_pos_ecf_link WHERE id = %s", self.id)
        before = self.connection_now()
        if before.after(answered, now, settings.rule) == before:
            # all is well and was: nothing to write, hence nothing to lock
            return before, before
        # workers note one after the other; none waits for the network meanwhile
        [(stored,)] = self.env.execute_query(SQL("%s FOR UPDATE", query))
        before = Connection.from_dict(stored or {})
        after = before.after(answered, now, settings.rule)
        if after == before:
            return before, after
        probe = None
        if after.failures >= settings.rule.failures:
            # nobody is there: one tries, the others wait for how it goes
            probe = now + settings.sending.wait(after.failures - 2)
        self._store(after, probe, error)
        return before, after

    def _store(self, connection, probe=None, error=None):
        self.env.execute_query(
            SQL(
                "UPDATE nu_pos_ecf_link SET connection = %s::jsonb, date_probe = %s,"
                " last_error = %s WHERE id = %s RETURNING id",
                json.dumps(connection.as_dict()),
                probe,
                error,
                self.id,
            )
        )
        self.invalidate_recordset(flush=False)

    # -- Calling -------------------------------------------------------------------

    @api.private
    def endpoints(self):
        return endpoints(self.env, self.environment)

    @api.private
    def client(self, settings):
        """``DgiiClient`` in the name of the company's signer.

        :raise ApiProblem: ``ECF_NO_CERTIFICATE``
        """
        identity = self.env["nu.pos.ecf.certificate"]._identity_of(self.company_id)
        return DgiiClient(
            self.endpoints(), identity, SharedTokens(self), timeouts=settings.timeouts
        )

    @api.private
    def receiver_client(self, settings):
        """``ReceiverClient``; beside a simulator private addresses are called too."""
        identity = self.env["nu.pos.ecf.certificate"]._identity_of(self.company_id)
        return ReceiverClient(
            identity,
            SharedTokens(self),
            allow_private=bool(self.company_id._nu_ecf_host(self.environment)),
            ports=receiver_ports(self.env),
            timeouts=settings.receiver_timeouts,
        )

    @api.private
    def wait_for_turn(self, settings):
        """Keep to the rate limit: book the next call and wait until it may begin."""
        if not settings.calls_per_minute:
            return
        gap = 60 / settings.calls_per_minute
        now = utc_now()
        [(free,)] = self.env.execute_query(
            SQL(
                "UPDATE nu_pos_ecf_link SET date_free ="
                " GREATEST(date_free, %s) + make_interval(secs => %s) WHERE id = %s"
                " RETURNING date_free",
                now,
                gap,
                self.id,
            )
        )
        # The booking is seen by the other workers, and nothing is locked meanwhile.
        self.env.cr.commit()  # pylint: disable=invalid-commit
        time.sleep(max((free - now).total_seconds() - gap, 0))


class SharedTokens:
    """A token store in the row of the link: workers share what one has got.

    A token is kept by its worker too, so that a call costs no query.
    """

    def __init__(self, link):
        self._link = link
        self._mine = {}

    def get(self, key):
        if key not in self._mine:
            [(tokens,)] = self._query(
                SQL("SELECT tokens FROM nu_pos_ecf_link WHERE id = %s", self._link.id)
            )
            known = (tokens or {}).get(key)
            if known:
                self._mine[key] = Token(
                    known["value"], datetime.fromisoformat(known["expires_at"])
                )
        return self._mine.get(key)

    def set(self, key, token):
        self._mine.pop(key, None)
        change = {key: None}
        if token is not None:
            self._mine[key] = token
            change[key] = {
                "value": token.value,
                "expires_at": token.expires_at.isoformat(),
            }
        self._query(
            SQL(
                "UPDATE nu_pos_ecf_link SET tokens ="
                " COALESCE(tokens, '{}') || %s::jsonb WHERE id = %s RETURNING id",
                json.dumps(change),
                self._link.id,
            )
        )

    def _query(self, query):
        rows = self._link.env.execute_query(query)
        # DGII has given this token: durable, and no transaction waits for the call
        self._link.env.cr.commit()  # pylint: disable=invalid-commit
        return rows
