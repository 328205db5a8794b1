"""Commercial approval of what came in: to DGII, and to the issuer."""

from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fiscal.ecf import dgii, messages
from ..fiscal.ecf.dgii_http import DgiiError, Refused
from ..fiscal.ecf.dgii_receivers import ReceiverClient
from ..fiscal.money import round_half_up
from .nu_pos_ecf_endpoints import endpoints
from .nu_pos_ecf_received import DELIVERIES

#: Minutes before each next attempt; then it has failed, and a person may retry.
WAITS = (1, 5, 15, 60, 180, 360, 720, 1440, 1440)
BATCH = 50
#: Tokens of this process: {(database, certificate): store}.
_TOKENS = {}


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
    answer_attempts = fields.Integer(string="Attempts", readonly=True, aggregator=None)
    answer_next = fields.Datetime(string="Next attempt", readonly=True)
    answer_error = fields.Char(string="Last difficulty", readonly=True)

    _answer_turn = models.Index("(answer_next, id) WHERE answer_next IS NOT NULL")

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
            record.write(
                {
                    name: "to_send"
                    for name in ("answer_dgii", "answer_issuer")
                    if record[name] == "failed"
                }
            )
        records.write({"answer_attempts": 0, "answer_next": fields.Datetime.now()})
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
            total=round_half_up(Decimal(repr(self.amount_total))),
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
                "answer_dgii": "to_send",
                "answer_issuer": "to_send",
                "answer_attempts": 0,
                "answer_next": now,
            }
        )
        self._wake_answers()

    @api.model
    def _wake_answers(self):
        cron = self.env.ref("nu_restaurant_pos.cron_send_ecf_answers").sudo()
        cron._trigger()

    # -- Sending -------------------------------------------------------------------

    @api.model
    def _cron_send_answers(self):
        """Send what is due, each outside any transaction: what must be known is read
        and the next attempt noted first, the outcome after."""
        with self.env.registry.cursor() as cr:
            due = self.with_env(self.env(cr=cr)).sudo()
            ids = due.search(
                [("answer_next", "<=", fields.Datetime.now())],
                order="answer_next, id",
                limit=BATCH,
            ).ids
        for record_id in ids:
            self._send_one(record_id)
        if len(ids) == BATCH:
            self._wake_answers()

    @api.model
    def _send_one(self, record_id):
        with self.env.registry.cursor() as cr:
            record = self.with_env(self.env(cr=cr)).sudo().browse(record_id)
            if not record.try_lock_for_update() or not record.answer_next:
                return
            attempt = record.answer_attempts
            wait = WAITS[min(attempt, len(WAITS) - 1)]
            record.write(
                {
                    "answer_attempts": attempt + 1,
                    "answer_next": fields.Datetime.now() + timedelta(minutes=wait),
                }
            )
            job = record._answer_job()
        outcome = job.run()
        with self.env.registry.cursor() as cr:
            record = self.with_env(self.env(cr=cr)).sudo().browse(record_id)
            record._note_outcome(outcome, last=attempt + 1 >= len(WAITS))

    def _note_outcome(self, outcome, last):
        """:param outcome: ``{"answer_dgii"?, "answer_issuer"?, "answer_error"}``"""
        values = dict(outcome)
        for name in ("answer_dgii", "answer_issuer"):
            state = values.get(name, self[name])
            if state == "to_send" and last:
                values[name] = "failed"
            elif state == "to_send":
                values.setdefault("answer_next", self.answer_next)
        values.setdefault("answer_next", False)
        self.write(values)

    def _answer_job(self):
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
        return AnswerJob(
            xml=self.answer_xml.encode(),
            name=dgii.document_name(self.buyer_rnc, self.name),
            issuer=self.issuer_rnc,
            pending={
                name
                for name in ("answer_dgii", "answer_issuer")
                if self[name] == "to_send"
            },
            identity=identity,
            endpoints=endpoints(self.env, company.nu_ecf_environment),
            tokens=_TOKENS.setdefault(key, dgii.MemoryTokens()),
            is_simulated=bool(host),
        )


class AnswerJob:
    """One attempt to deliver an ACECF; holds no connection to the database."""

    def __init__(self, **values):
        self.__dict__.update(values)
        self.errors = []

    def run(self):
        """The outcome, as values of the record."""
        if not self.identity:
            return {
                "answer_error": "There is no certificate that can sign for the company."
            }
        client = dgii.DgiiClient(self.endpoints, self.identity, self.tokens)
        outcome = {}
        if "answer_dgii" in self.pending:
            outcome["answer_dgii"] = self._try(self._to_dgii, client)
        if "answer_issuer" in self.pending:
            outcome["answer_issuer"] = self._try(self._to_issuer, client)
        outcome["answer_error"] = "; ".join(self.errors)[:500] or False
        return outcome

    def _try(self, send, client):
        try:
            return send(client)
        except Refused as error:
            self.errors.append(str(error))
            return "failed"
        except DgiiError as error:
            # sent twice harms nothing: the same bytes, under the same number
            self.errors.append(str(error))
            return "to_send"

    def _to_dgii(self, client):
        answer = client.send_approval(self.xml, self.name)
        if answer.accepted:
            return "sent"
        words = "; ".join(message.text for message in answer.messages)
        self.errors.append(f"DGII: {answer.status} {words}".strip())
        return "failed"

    def _to_issuer(self, client):
        recipient = client.recipient(self.issuer)
        if not recipient or not recipient.approval_url:
            return "none"
        receiver = ReceiverClient(
            self.identity, self.tokens, allow_private=self.is_simulated
        )
        receiver.send_approval(recipient, self.xml, self.name)
        return "sent"
