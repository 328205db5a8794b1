import base64

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...fiscal.ecf import signature
from ...fiscal.ecf.messages import APPROVED
from ...fiscal.money import from_float, round_half_up
from ..runtime.problem import ApiProblem

#: Who confirms whose signature it is.
ACTORS = "account.group_account_invoice"
#: One message for all: nobody learns from it which numbers are issued.
_NONE_SUCH = "There is no such document for this buyer"


class NuPosEcf(models.Model):
    """What the buyer of one of our documents says of it (ACECF).

    The word of a signer who is known for the buyer is final. Number, date and total
    stand on the paper, so that anybody can sign a word in the buyer's name: one of
    another signer is shown as not verified, and gives way to the first that is.
    """

    _inherit = "nu.pos.ecf"

    buyer_answer = fields.Selection(
        [("approved", "Approved"), ("refused", "Refused")],
        string="Buyer's answer",
        readonly=True,
        help="Commercial approval (ACECF) of the buyer; most buyers give none.",
    )
    buyer_answer_reason = fields.Char(string="Buyer's reason", readonly=True)
    buyer_answer_date = fields.Datetime(string="Buyer answered on", readonly=True)
    buyer_answer_signer = fields.Char(string="Buyer's signer", readonly=True)
    buyer_answer_trusted = fields.Boolean(
        string="Buyer's signer verified",
        readonly=True,
        help="Who signed is known to sign for the buyer: the word is final.",
    )
    buyer_answer_disputed = fields.Boolean(
        string="Buyer's answer in dispute",
        readonly=True,
        help="Another word came from a signer who is not verified either.",
    )
    buyer_answer_xml = fields.Binary(
        string="Buyer's answer (ACECF)", attachment=False, readonly=True
    )

    buyer_answer_name = fields.Char(
        string="File of the answer", compute="_compute_buyer_answer_name"
    )

    @api.depends("name", "buyer_rnc")
    def _compute_buyer_answer_name(self):
        for record in self:
            record.buyer_answer_name = f"{record.buyer_rnc}{record.name}.xml"

    @api.model
    def _note_approval(self, approval, xml, verdict):
        """Keep an approval; the first one of a signer who is known stands.

        :param approval: ``fiscal.ecf.messages.Approval``
        :param xml: the bytes that came in
        :param verdict: ``fiscal.ecf.signature.Verdict`` of them, which holds
        :raise ApiProblem: ``BAD_REQUEST``: no such document of ours, or another word
            was given before
        """
        companies = self.env["nu.pos.ecf.receiver"]._companies_of(approval.issuer)
        record = self.sudo().search(
            [
                ("name", "=", approval.encf),
                ("company_id", "in", companies.ids),
                ("state", "!=", "rejected"),
            ]
        )
        if (
            len(record) == 1
            and record.buyer_rnc == approval.buyer
            and record.date_issue == approval.issue_date
            and round_half_up(approval.total) == from_float(record.amount_total)
        ):
            record._take_answer(approval, xml, verdict)
            return
        if self.env["nu.pos.ecf.receiver"]._in_test(companies):
            # steps 10 and 11 of the certification are about its set of documents, whose
            # numbers the simulation of step 4 may have had as well
            lines = self.env["nu.pos.ecf.certification.line"].sudo()
            if lines._take_answer(companies, approval, xml):
                return
        raise ApiProblem("BAD_REQUEST", _NONE_SUCH)

    def _take_answer(self, approval, xml, verdict):
        answer = "approved" if approval.status == APPROVED else "refused"
        trusted = (
            self.env["nu.pos.ecf.signer"]
            .sudo()
            .trusts(self.company_id, approval.buyer, verdict)
        )
        if self.buyer_answer and self.buyer_answer_trusted >= trusted:
            if self.buyer_answer == answer:
                return
            if self.buyer_answer_trusted:
                raise ApiProblem("BAD_REQUEST", "The document was answered before")
            self.buyer_answer_disputed = True
            return
        info = verdict.certificate
        self.write(
            {
                "buyer_answer": answer,
                "buyer_answer_reason": approval.reason,
                "buyer_answer_date": fields.Datetime.now(),
                "buyer_answer_signer": info.name or info.subject,
                "buyer_answer_trusted": trusted,
                "buyer_answer_disputed": False,
                "buyer_answer_xml": base64.b64encode(xml),
            }
        )

    def action_confirm_buyer_signer(self):
        """Confirm that who signed the answer signs for the buyer: the word is final."""
        self._check_buyer_answer()
        for record in self.sudo():
            info = signature.verify(
                base64.b64decode(record.buyer_answer_xml)
            ).certificate
            self.env["nu.pos.ecf.signer"].sudo().confirm(
                record.company_id,
                record.buyer_rnc,
                {
                    "taxpayer_name": record.buyer_name,
                    "signer": info.name or info.subject,
                    "signer_number": info.holder_id,
                    "key": info.key,
                },
            )
            record.write({"buyer_answer_trusted": True, "buyer_answer_disputed": False})
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_drop_buyer_answer(self):
        """Drop an answer that the buyer did not give; the next one is taken."""
        self._check_buyer_answer()
        self.sudo().write(
            {
                "buyer_answer": False,
                "buyer_answer_reason": False,
                "buyer_answer_date": False,
                "buyer_answer_signer": False,
                "buyer_answer_disputed": False,
                "buyer_answer_xml": False,
            }
        )
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _check_buyer_answer(self):
        self.check_access("read")
        if not self.env.user.has_group(ACTORS):
            raise AccessError(
                self.env._("Answers of customers are handled by accounting.")
            )
        if any(not one.buyer_answer or one.buyer_answer_trusted for one in self):
            raise UserError(self.env._("There is no answer that waits to be verified."))
