"""Delivery of accepted documents to buyers who are electronic taxpayers too."""

import logging
import time
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ...fiscal.ecf.dgii import document_name
from ...fiscal.ecf.dgii_http import DgiiError, Refused
from ...fiscal.ecf.signature import verify
from .lease import settle_lease, take_lease
from .nu_pos_ecf_link import Settings, issuer_of, utc_now
from .nu_pos_ecf_queue import OPEN, only

_logger = logging.getLogger(__name__)

REASONS = {
    "1": "error in the specification",
    "2": "error in the signature",
    "3": "sent twice",
    "4": "another buyer",
}
#: Sent twice: the first delivery came through, its answer did not.
SENT_TWICE = "3"
#: A receiver that takes so many seconds to fail is slow, and waits for longer: as after
#: so many attempts more.
SLOW, SLOW_ATTEMPTS = 5.0, 3
#: Seconds in which the lane works before it looks whether others wait for the thread.
CRON_SECONDS = 40


class NuPosEcfDelivery(models.AbstractModel):
    """Sends the very bytes that DGII accepted to the ``urlRecepcion`` of the buyer.

    Decreto 587-24 art. 18. It holds up nothing: a receiver who does not answer is
    tried again for some days and then given up, and one that is slow makes nobody wait.
    A job of its own, because the servers are other people's: the lane to DGII never
    waits for one, and where both share the one thread of a scheduler, this lane gives
    it back after each document that DGII could be sent.

    Extension point: the entry of the job (``_cron_work``) and :meth:`_work_others`, by
    which a higher floor or another addon sends documents of its own to other issuers.
    """

    _name = "nu.pos.ecf.delivery"
    _description = "Delivery of e-CF to receivers"

    # -- The job -------------------------------------------------------------------

    @api.model
    def _cron_work(self):
        """Deliver what is due, then arrange to come again."""
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=1)
        until = time.monotonic() + CRON_SECONDS
        steps = self._work(until=until)
        steps += self._work_others(until)
        pending = self._next_due()
        cron._commit_progress(steps or 1, remaining=0)
        if pending is not None:
            self._wake(pending)

    @api.model
    def _work_others(self, until):
        """Deliver what else goes to other issuers, until the moment (monotonic
        seconds); how many were tried. See the floor of reception."""
        return 0

    @api.model
    def _wake(self, seconds=0):
        """Have this lane worked in so many seconds."""
        cron = self.env.ref("nu_restaurant_pos.cron_deliver_ecf").sudo()
        if seconds <= 0:
            cron._trigger()
        else:
            at = utc_now() + timedelta(seconds=seconds)
            cron._trigger(at=at.replace(microsecond=0) + timedelta(seconds=1))

    @api.model
    def _work(self, ids=None, until=None):
        """Deliver what is due until nothing is left, ``until`` is over, or DGII waits;
        how many were tried."""
        steps = 0
        with self.env["nu.pos.ecf.queue"]._connection() as env:
            lane = env[self._name]
            settings, clients = Settings.of(env), {}
            for company, environment in lane._lanes(ids):
                link = env["nu.pos.ecf.link"].lane(company, environment)
                client = env["nu.pos.ecf.queue"]._client(link, settings, clients)
                while client and lane._deliver_one(link, client, settings, ids):
                    steps += 1
                    if until is not None and lane._is_to_yield(until):
                        return steps
        return steps

    @api.model
    def _is_to_yield(self, until):
        """Whether this lane gives its thread back: its time is over, or a document
        waits for DGII, which has a day for each of ours and none for a stranger."""
        if time.monotonic() >= until:
            return True
        due = self.env["nu.pos.ecf.queue"]._next_due()
        # Nothing is written here: the read of the queue ends, so that no transaction is
        # open between two documents.
        self.env.cr.commit()  # pylint: disable=invalid-commit
        return due is not None and due <= 0

    @api.model
    def _lanes(self, ids=None):
        now = utc_now()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT e.company_id, e.environment FROM nu_pos_ecf e
                 WHERE e.receiver_next <= %(now)s AND e.receiver_state = 'pending'
                   AND %(open)s AND %(only)s ORDER BY e.company_id
                """,
                now=now,
                open=SQL(OPEN, now=now),
                only=only(ids),
            )
        )
        return [(self.env["res.company"].browse(row[0]), row[1]) for row in rows]

    @api.model
    def _next_due(self):
        """Seconds until something is to be delivered; None if nothing waits."""
        [(moment,)] = self.env.execute_query(
            SQL(
                """
                SELECT min(at) FROM (
                    -- DGII's directory is asked where the buyer receives
                    SELECT GREATEST(min(e.receiver_next), min(l.date_probe)) AS at
                      FROM nu_pos_ecf e LEFT JOIN nu_pos_ecf_link l
                        ON l.company_id = e.company_id
                       AND l.environment = e.environment
                     WHERE e.receiver_next IS NOT NULL
                       AND e.receiver_state = 'pending'
                     GROUP BY e.company_id, e.environment) AS waiting
                """
            )
        )
        return moment and (moment - utc_now()).total_seconds()

    @api.model
    def _deliver_one(self, link, client, settings, ids=None):
        """Deliver the next document of a company; whether there was one."""
        link.wait_for_turn(settings)
        taken = self._take(link, settings, ids)
        if not taken:
            return False
        record, lease = taken
        xml, buyer = record._xml_bytes(), record.buyer_rnc
        name = document_name(issuer_of(record.xml), record.name)
        attempts = record.receiver_attempts
        began = time.monotonic()
        with link.receiver_client(settings) as receivers:
            # The lease becomes durable, and no transaction waits for the servers of
            # others.
            self.env.cr.commit()  # pylint: disable=invalid-commit
            values = self._deliver(client, receivers, buyer, xml, name)
        values["receiver_next"] = None
        if values["receiver_state"] == "pending":
            is_slow = time.monotonic() - began >= SLOW
            waits = attempts + (SLOW_ATTEMPTS if is_slow else 0)
            values["receiver_next"] = utc_now() + settings.sending.wait(waits)
            if is_slow:
                self._put_off(buyer, values["receiver_next"])
            if attempts >= settings.receiver_tries:
                values.update(receiver_state="failed", receiver_next=None)
        settle_lease(record, lease, values)
        # The receiver has it: durable, or it would be sent once more.
        self.env.cr.commit()  # pylint: disable=invalid-commit
        return True

    @api.model
    def _put_off(self, buyer, until):
        """Whatever else waits for a slow receiver waits as long: with a document of
        each of its customers it would hold up those of the others."""
        self.env.execute_query(
            SQL(
                """
                UPDATE nu_pos_ecf SET receiver_next = %(until)s
                 WHERE buyer_rnc = %(buyer)s AND receiver_state = 'pending'
                   AND receiver_next < %(until)s AND lease IS NULL RETURNING id
                """,
                buyer=buyer,
                until=until,
            )
        )
        _logger.info("the receiver of %s is slow: put off until %s", buyer, until)

    @api.model
    def _take(self, link, settings, ids):
        """``(record, lease)``, or None."""
        taken = take_lease(
            self.env["nu.pos.ecf"],
            settings.lease,
            SQL(
                "e.receiver_state = 'pending' AND e.company_id = %s "
                "AND e.environment = %s AND %s",
                link.company_id.id,
                link.environment,
                only(ids),
            ),
            next_field="receiver_next",
            values={"receiver_attempts": SQL("COALESCE(receiver_attempts, 0) + 1")},
        )
        return taken and (taken[0], taken[2])

    @api.model
    def _deliver(self, client, receivers, buyer, xml, name):
        """What came of one try; no query."""
        try:
            recipient = client.recipient(buyer)
            if recipient is None:
                return {"receiver_state": "none", "receiver_error": None}
            answer = receivers.send(recipient, xml, name)
        except Refused as error:
            # an address that may not be called, or a plain no
            return {"receiver_state": "refused", "receiver_error": str(error)[:500]}
        except DgiiError as error:
            return {"receiver_state": "pending", "receiver_error": str(error)[:500]}
        verdict = verify(answer.body)
        received = answer.received or answer.reason == SENT_TWICE
        problem = None
        if not received:
            problem = REASONS.get(answer.reason, answer.reason)
        elif not verdict.ok:
            problem = (
                f"the acknowledgement's signature does not hold: {verdict.message}"
            )
        return {
            "receiver_state": "received" if received else "refused",
            "receiver_error": problem,
            "receiver_receipt": answer.body.decode("utf-8", "replace"),
        }
