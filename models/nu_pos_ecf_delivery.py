"""Delivery of accepted documents to buyers who are electronic taxpayers too."""

from datetime import timedelta
from uuid import uuid4

from odoo import api, models
from odoo.tools import SQL

from ..fiscal.ecf.dgii import document_name
from ..fiscal.ecf.dgii_http import DgiiError, Refused
from ..fiscal.ecf.signature import verify
from .nu_pos_ecf_link import issuer_of, utc_now

REASONS = {
    "1": "error in the specification",
    "2": "error in the signature",
    "3": "sent twice",
    "4": "another buyer",
}
#: Sent twice: the first delivery came through, its answer did not.
SENT_TWICE = "3"


class NuPosEcfDelivery(models.AbstractModel):
    """Sends the very bytes that DGII accepted to the ``urlRecepcion`` of the buyer.

    Decreto 587-24 art. 18. It holds up nothing: a receiver who does not answer is
    tried again for some days and then given up.
    """

    _name = "nu.pos.ecf.delivery"
    _description = "Delivery of e-CF to receivers"

    @api.private
    @api.model
    def work(self, link, client, settings, ids=None, limit=5):
        """Deliver a few documents of a company; how many were tried."""
        receivers = None
        for count in range(limit):
            link.wait_for_turn(settings)
            taken = self._take(link, settings, ids)
            if not taken:
                return count
            record, lease = taken
            xml, buyer = record._xml_bytes(), record.buyer_rnc
            name = document_name(issuer_of(record.xml), record.name)
            attempts = record.receiver_attempts
            # one for all: its connections stay open
            receivers = receivers or link.receiver_client(settings)
            # No transaction waits for other people's servers.
            self.env.cr.commit()  # pylint: disable=invalid-commit
            values = self._deliver(client, receivers, buyer, xml, name)
            if values["receiver_state"] == "pending":
                values["receiver_next"] = self._next(attempts, settings)
                if values["receiver_next"] is None:
                    values["receiver_state"] = "failed"
            else:
                values["receiver_next"] = None
            self._settle(record, lease, values)
        return limit

    @api.model
    def _take(self, link, settings, ids):
        now, lease = utc_now(), uuid4().hex
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE nu_pos_ecf SET receiver_next = %(until)s, lease = %(lease)s,
                       receiver_attempts = COALESCE(receiver_attempts, 0) + 1
                 WHERE id = (
                    SELECT id FROM nu_pos_ecf e
                     WHERE receiver_next <= %(now)s AND receiver_state = 'pending'
                       AND company_id = %(company)s AND environment = %(environment)s
                       AND %(only)s
                     ORDER BY receiver_next, id LIMIT 1 FOR UPDATE SKIP LOCKED)
                RETURNING id
                """,
                until=now + timedelta(seconds=settings.lease),
                lease=lease,
                now=now,
                company=link.company_id.id,
                environment=link.environment,
                only=SQL("e.id = ANY(%s)", list(ids)) if ids else SQL("TRUE"),
            )
        )
        if not rows:
            return None
        record = self.env["nu.pos.ecf"].browse(rows[0][0])
        record.invalidate_recordset(flush=False)
        return record, lease

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

    @api.model
    def _next(self, attempts, settings):
        if attempts >= settings.receiver_tries:
            return None
        return utc_now() + settings.sending.wait(attempts)

    @api.model
    def _settle(self, record, lease, values):
        assignments = SQL(", ").join(
            SQL("%s = %s", SQL.identifier(name), value)
            for name, value in {**values, "lease": None}.items()
        )
        self.env.cr.execute(
            SQL(
                "UPDATE nu_pos_ecf SET %s WHERE id = %s AND lease = %s",
                assignments,
                record.id,
                lease,
            )
        )
        record.invalidate_recordset(flush=False)
        # The receiver has it: durable, or it would be sent once more.
        self.env.cr.commit()  # pylint: disable=invalid-commit
