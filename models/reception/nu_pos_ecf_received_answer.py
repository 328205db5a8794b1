"""Commercial approval of what came in: to DGII, and to the issuer."""

import time
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...fiscal.ecf import dgii, messages
from ...fiscal.ecf.dgii_http import DgiiError, Refused
from ...fiscal.ecf.dgii_receivers import ReceiverClient
from ...fiscal.money import from_float
from ..ecf.endpoints import endpoints
from ..ecf.nu_pos_ecf_link import Settings, receiver_ports
from .nu_pos_ecf_received import DELIVERIES

#: Minutes before each next attempt; then it has failed, and a person may retry.
WAITS = (1, 5, 15, 60, 180, 360, 720, 1440, 1440)
BATCH = 50
#: Tokens of this process: {(database, certificate): store}.
_TOKENS = {}


class Part(NamedTuple):
    """One of the two addressees of an approval: the fields that tell how it stands."""

    state: str
    next: str
    attempts: str
    error: str

    def begin(self, now):
        """Values that have it sent."""
        return {self.state: "to_send", self.next: now, self.attempts: 0}


DGII = Part("answer_dgii", "answer_next", "answer_attempts", "answer_error")
ISSUER = Part(
    "answer_issuer",
    "answer_issuer_next",
    "answer_issuer_attempts",
    "answer_issuer_error",
)
PARTS = (DGII, ISSUER)


class NuPosEcfReceived(models.Model):
    _inherit = "nu.pos.ecf.received"

    answer = fields.Selection(
        [("approved", "Approved"), ("refused", "Rejected")],
        string="Commercial approval",
        readonly=True,
        help="What this company says of the document (ACECF). Optional in law.",
    )
    answer_reason = fields.Char(string="Why rejected", readonly=True)
    answer_date = fields.Datetime(string="Answered on", readonly=True)
    answer_user_id = fields.Many2one(
        "res.users", string="Answered by", readonly=True, ondelete="restrict"
    )
    answer_xml = fields.Text(
        string="Approval (ACECF)", readonly=True, help="As signed, byte by byte."
    )
    answer_dgii = fields.Selection(DELIVERIES, string="To DGII", readonly=True)
    answer_issuer = fields.Selection(DELIVERIES, string="To the issuer", readonly=True)
    answer_attempts = fields.Integer(
        string="Attempts at DGII", readonly=True, aggregator=None
    )
    answer_next = fields.Datetime(string="Next attempt at DGII", readonly=True)
    answer_error = fields.Char(string="Last difficulty at DGII", readonly=True)
    answer_issuer_attempts = fields.Integer(
        string="Attempts at the issuer", readonly=True, aggregator=None
    )
    answer_issuer_next = fields.Datetime(
        string="Next attempt at the issuer", readonly=True
    )
    answer_issuer_error = fields.Char(
        string="Last difficulty at the issuer", readonly=True
    )

    _answer_turn = models.Index("(answer_next, id) WHERE answer_next IS NOT NULL")
    _answer_issuer_turn = models.Index(
        "(answer_issuer_next, id) WHERE answer_issuer_next IS NOT NULL"
    )

    # -- The word ------------------------------------------------------------------

    def action_approve(self):
        """Approve the document commercially; it is signed now and sent by a job."""
        for record in self._check_actor():
            record._give_answer(messages.APPROVED)

    def action_retry_answer(self):
        """Send again what failed."""
        records = self._check_actor().filtered(
            lambda r: "failed" in (r.answer_dgii, r.answer_issuer)
        )
        for record in records:
            for part in PARTS:
                if record[part.state] == "failed":
                    record.write(part.begin(fields.Datetime.now()))
        self._wake_answers()

    def _give_answer(self, status, reason=None):
        """Sign the ACECF and hand it to the job. As the system.

        :param status: ``messages.APPROVED`` or ``messages.REFUSED``
        :param reason: why refused, at most 250 characters
        """
        self.ensure_one()
        self.lock_for_update()
        self.invalidate_recordset(["answer"])
        if self.answer:
            raise UserError(
                self.env._("%s is answered already; the word is given once.", self.name)
            )
        now = fields.Datetime.now()
        approval = messages.Approval(
            issuer=self.issuer_rnc,
            encf=self.name,
            issue_date=self.date_issue,
            total=from_float(self.amount_total),
            buyer=self.buyer_rnc,
            status=status,
            reason=reason,
            moment=now,
        )
        identity = self.env["nu.pos.ecf.certificate"]._identity_of(self.company_id)
        xml = messages.build_acecf(approval)
        approved = status == messages.APPROVED
        self.write(
            {
                "answer": "approved" if approved else "refused",
                "answer_reason": reason,
                "answer_date": now,
                "answer_user_id": self.env.uid,
                "answer_xml": self.env["nu.pos.ecf"]
                ._sign_checked(xml, identity)
                .decode(),
                **DGII.begin(now),
                **ISSUER.begin(now),
            }
        )
        self._wake_answers()

    @api.model
    def _wake_answers(self):
        self.env.ref("nu_restaurant_pos.cron_send_ecf_answers").sudo()._trigger()
        self.env["nu.pos.ecf.delivery"]._wake()

    # -- Sending -------------------------------------------------------------------

    @api.model
    def _cron_send_answers(self):
        """Send what is due to DGII."""
        if self._send_due(DGII) == BATCH:
            self._wake_answers()

    @api.model
    def _deliver_answers(self, until=None):
        """Send what is due to issuers, whose servers are other people's; how many."""
        return self._send_due(ISSUER, until)

    @api.model
    def _send_due(self, part, until=None):
        """Send what is due to one addressee, each outside any transaction: what must
        be known is read and the next attempt noted first, the outcome after.

        :param until: ``time.monotonic()`` after which no other begins
        """
        with self.env.registry.cursor() as cr:
            due = self.with_env(self.env(cr=cr)).sudo()
            ids = due.search(
                [(part.next, "<=", fields.Datetime.now())],
                order=f"{part.next}, id",
                limit=BATCH,
            ).ids
        for count, record_id in enumerate(ids):
            if until is not None and time.monotonic() >= until:
                return count
            self._send_one(part, record_id)
        return len(ids)

    @api.model
    def _send_one(self, part, record_id):
        with self.env.registry.cursor() as cr:
            record = self.with_env(self.env(cr=cr)).sudo().browse(record_id)
            if not record.try_lock_for_update() or not record[part.next]:
                return
            attempt = record[part.attempts]
            wait = WAITS[min(attempt, len(WAITS) - 1)]
            record.write(
                {
                    part.attempts: attempt + 1,
                    part.next: fields.Datetime.now() + timedelta(minutes=wait),
                }
            )
            job = record._answer_job(part)
        state, error = job.run()
        with self.env.registry.cursor() as cr:
            record = self.with_env(self.env(cr=cr)).sudo().browse(record_id)
            is_last = attempt + 1 >= len(WAITS)
            if state == "to_send" and is_last:
                state = "failed"
            values = {part.state: state, part.error: error}
            if state != "to_send":
                values[part.next] = False
            record.write(values)

    def _answer_job(self, part):
        """All that sending needs, read while there is a transaction."""
        company = self.company_id
        certificate = self.env["nu.pos.ecf.certificate"]._of(company)
        try:
            identity = certificate and certificate._identity()
        except UserError:
            # the secret of the keys is not on this server; told by the outcome
            identity = None
        host = company._nu_ecf_host(company.nu_ecf_environment)
        key = (self.env.cr.dbname, certificate.id)
        settings = Settings.of(self.env)
        return AnswerJob(
            part=part,
            xml=self.answer_xml.encode(),
            name=dgii.document_name(self.buyer_rnc, self.name),
            issuer=self.issuer_rnc,
            identity=identity,
            endpoints=endpoints(self.env, company.nu_ecf_environment),
            tokens=_TOKENS.setdefault(key, dgii.MemoryTokens()),
            is_simulated=bool(host),
            ports=receiver_ports(self.env),
            timeouts=settings.timeouts,
            receiver_timeouts=settings.receiver_timeouts,
        )


class AnswerJob:
    """One attempt to deliver an ACECF; holds no connection to the database."""

    def __init__(self, **values):
        self.__dict__.update(values)

    def run(self):
        """``(state, difficulty)`` for the record."""
        if not self.identity:
            return (
                "to_send",
                "There is no certificate that can sign for the company.",
            )
        send = self._to_dgii if self.part is DGII else self._to_issuer
        try:
            with dgii.DgiiClient(
                self.endpoints, self.identity, self.tokens, timeouts=self.timeouts
            ) as client:
                state, error = send(client)
        except Refused as refusal:
            state, error = "failed", str(refusal)
        except DgiiError as difficulty:
            # sent twice harms nothing: the same bytes, under the same number
            state, error = "to_send", str(difficulty)
        return state, (error or "")[:500] or False

    def _to_dgii(self, client):
        answer = client.send_approval(self.xml, self.name)
        if answer.accepted:
            return "sent", None
        words = "; ".join(message.text for message in answer.messages)
        return "failed", f"DGII: {answer.status} {words}".strip()

    def _to_issuer(self, client):
        recipient = client.recipient(self.issuer)
        if not recipient or not recipient.approval_url:
            return "none", None
        with ReceiverClient(
            self.identity,
            self.tokens,
            allow_private=self.is_simulated,
            ports=self.ports,
            timeouts=self.receiver_timeouts,
        ) as receiver:
            receiver.send_approval(recipient, self.xml, self.name)
        return "sent", None
