"""Electronic receipts on their way: what DGII said, and what a person may do."""

import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...fiscal.ecf.transmission import CONTINGENCY, QUEUED, UNKNOWN, Ticket
from .lease import settle_lease
from .nu_pos_ecf import VALID_STATES
from .nu_pos_ecf_link import issuer_of

MANAGER = "point_of_sale.group_pos_manager"
#: States in which a document waits for its turn to be sent.
WAITING = (QUEUED, CONTINGENCY)
RECEIVER_STATES = [
    ("pending", "To deliver"),
    ("none", "Not an electronic receiver"),
    ("received", "Received"),
    ("refused", "Refused by the receiver"),
    ("failed", "Could not be delivered"),
]
#: What a step needs of a document, of its order and its company. Named, because the
#: ORM alone would read the rest of all three each time: a worker commits twice a step,
#: and after each commit nothing is known any more.
STEP_READS = (
    "asked", "attempts", "buyer_rnc", "company_id", "config_id", "date_sent", "doubted",
    "environment", "is_summary", "messages", "name", "order_id", "replaces_ncf_id",
    "security_code", "state", "summary_xml", "track_id", "xml",
)  # fmt: skip
COMPANY_READS = ("nu_ecf_contingency", "nu_ecf_deliver")
#: Types whose buyer gets the document from us. Ley 32-23; of the others the buyer is
#: the issuer itself or abroad.
DELIVERED = ("31", "32", "33", "34", "44", "45")


class NuPosEcf(models.Model):
    """The part of the life cycle after signing; ``nu.pos.ecf.queue`` moves it."""

    _name = "nu.pos.ecf"
    _inherit = ["nu.pos.ecf", "mail.thread", "mail.activity.mixin"]

    lease = fields.Char(readonly=True, help="The worker that has it in hand.")
    asked = fields.Integer(
        readonly=True, aggregator=None, help="Questions since the last call that told."
    )
    doubted = fields.Boolean(
        readonly=True, help="DGII called the number used, and was asked why."
    )
    corrects_id = fields.Many2one(
        "nu.pos.ecf",
        string="In the place of",
        readonly=True,
        index="btree_not_null",
        help="The rejected document in whose place this one is.",
    )
    replaces_ncf_id = fields.Many2one(
        "nu.pos.ncf",
        string="Replaces",
        readonly=True,
        index="btree_not_null",
        help="Series B receipt of a contingency that this document replaces.",
    )
    annulment_id = fields.Many2one(
        "nu.pos.ecf.annulment", readonly=True, index="btree_not_null"
    )
    receiver_state = fields.Selection(
        RECEIVER_STATES, string="Delivery to the buyer", readonly=True
    )
    receiver_attempts = fields.Integer(readonly=True, aggregator=None)
    receiver_next = fields.Datetime(string="Next delivery", readonly=True)
    receiver_error = fields.Char(string="Difficulty of the delivery", readonly=True)
    receiver_receipt = fields.Text(
        string="Acknowledgement (ARECF)",
        readonly=True,
        help="What the receiver answered, byte by byte.",
    )

    _receiver_turn = models.Index("(receiver_next) WHERE receiver_next IS NOT NULL")
    _receiver_buyer = models.Index("(buyer_rnc) WHERE receiver_state = 'pending'")

    # -- For the queue -------------------------------------------------------------

    @api.private
    def _read_ahead(self):
        """Read what a step needs, and no more."""
        self.fetch(STEP_READS)
        self.company_id.fetch(COMPANY_READS)
        self.order_id.fetch(["pos_reference"])

    @api.private
    def _ticket(self, was):
        """The document as a step of ``fiscal.ecf.transmission`` needs it."""
        self.ensure_one()
        old = self.browse()
        if was == UNKNOWN and not self.is_summary:
            # those that are asked for by their number
            old = self.search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("name", "=", self.name),
                    ("id", "!=", self.id),
                    ("track_id", "!=", False),
                ]
            )
        return Ticket(
            state=was,
            issuer=issuer_of(self.xml),
            encf=self.name,
            xml=self._sent_bytes(),
            code=self.security_code,
            summarised=self.is_summary,
            buyer=self.buyer_rnc or "",
            attempts=self.attempts,
            sent_at=self.date_sent,
            asked=self.asked,
            track_id=self.track_id or "",
            doubted=self.doubted,
            old_track_ids=frozenset(old.mapped("track_id")),
            can_ask=self.environment != "certecf",
        )

    @api.private
    def _waiting_state(self, was):
        """State of a document that surely was not received."""
        offline = self.company_id.nu_ecf_contingency == "offline"
        return CONTINGENCY if offline or was == CONTINGENCY else QUEUED

    @api.private
    def _settle(self, lease, values):
        """Write what a step found, unless another worker has the document meanwhile.

        :return: whether it was written
        """
        if "messages" in values:
            values = {**values, "messages": json.dumps(values["messages"])}
        settled = settle_lease(self, lease, values)
        if settled and values.get("state") in (*VALID_STATES, "rejected"):
            self._read_ahead()
        if settled and values.get("state") in VALID_STATES:
            self._accepted()
        elif settled and values.get("state") == "rejected":
            self._audit("ecf_rejected")
        return settled

    def _accepted(self):
        self._audit("ecf_accepted")
        if (
            self.buyer_rnc
            and not self.is_summary
            and self.name[1:3] in DELIVERED
            # a replacement of a contingency goes to DGII only
            and not self.replaces_ncf_id
            # certecf has no directory
            and self.environment != "certecf"
            and self.company_id.nu_ecf_deliver
        ):
            self.write(
                {"receiver_state": "pending", "receiver_next": fields.Datetime.now()}
            )
            self.env["nu.pos.ecf.delivery"]._wake()

    def _audit(self, event, **more):
        order = self.order_id
        self.env["nu_restaurant_pos.order_audit"]._record(
            event,
            company=self.company_id,
            pos_reference=order.pos_reference or None,
            order=order or None,
            ncf=self.name,
            payload={**self._evidence(), **more},
        )

    def _tell_rejection(self):
        """A rejected receipt has no fiscal value: a person must act."""
        self.ensure_one()
        if self.number_lives:
            todo = self.env._("Correct what DGII says; the number may be used again.")
        else:
            todo = self.env._("Correct what DGII says; a new number will be taken.")
        self.company_id._nu_ecf_tell(
            self,
            self.env._("DGII rejected %s", self.name),
            f"{self.message_text or ''}\n{todo}",
        )

    # -- What a person may do ------------------------------------------------------

    def _check_manager(self):
        """:raise AccessError: not a POS manager who may see the documents"""
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group(MANAGER)):
            raise AccessError(
                self.env._("What goes to DGII is decided by POS managers.")
            )

    def action_send_now(self):
        """Send what waits, without waiting for its turn; also what was signed while
        the company did not send."""
        self._check_manager()
        wrong = self.filtered(lambda ecf: ecf.state not in ("signed", *WAITING))
        # certecf answers no questions: a person has looked into the portal
        wrong -= wrong.filtered(
            lambda ecf: ecf.state == "unknown" and ecf.environment == "certecf"
        )
        if wrong:
            raise UserError(
                self.env._(
                    "%s does not wait to be sent.", ", ".join(wrong.mapped("name"))
                )
            )
        return self._act("queued")

    def action_ask_dgii(self):
        """Ask DGII now for what it has not answered yet."""
        self._check_manager()
        wrong = self.filtered(lambda ecf: ecf.state not in ("unknown", "sent"))
        if wrong:
            raise UserError(
                self.env._("%s was not sent yet.", ", ".join(wrong.mapped("name")))
                if set(wrong.mapped("state")) <= {"signed", *WAITING}
                else self.env._(
                    "DGII has answered for %s.", ", ".join(wrong.mapped("name"))
                )
            )
        return self._act()

    def action_annul(self):
        """Annul at DGII the numbers of documents that it does not hold and whose
        number is annulled in the ledger."""
        self._check_manager()
        for record in self:
            if record.state == "rejected" and not record.number_lives:
                raise UserError(
                    self.env._("DGII counts %s as used already.", record.name)
                )
            if record.ncf_id.state != "voided":
                raise UserError(
                    self.env._("%s is on a sale: annul the number first.", record.name)
                )
        for company in self.company_id:
            mine = self.filtered(lambda ecf, c=company: ecf.company_id == c)
            self.env["nu.pos.ecf.annulment"].annul(company, mine.mapped("name"))
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _act(self, state=None):
        """Make the documents due and work them, on the queue's own connection: nothing
        of the caller's transaction is locked or waits for DGII."""
        self.env["nu.pos.ecf.queue"].work_now(self.ids, state)
        self.env.invalidate_all()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
