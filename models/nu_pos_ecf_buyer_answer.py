import base64
import re
from decimal import Decimal

from odoo import api, fields, models

from ..fiscal.ecf.messages import APPROVED
from ..fiscal.money import round_half_up
from . import nu_pos_ecf_authorities as authorities
from .nu_pos_problem import ApiProblem


class NuPosEcf(models.Model):
    """What the buyer of one of our documents says of it (ACECF)."""

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
        help="An authority that is trusted issued the certificate.",
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
    def _note_approval(self, approval, xml, certificate):
        """Keep a verified approval; the first one stands.

        :param approval: ``fiscal.ecf.messages.Approval``
        :param xml: the bytes that came in
        :param certificate: ``CertificateInfo`` of who signed
        :raise ApiProblem: ``BAD_REQUEST``: no such document of ours, or another word
            was given before
        """
        found = self.sudo().search([("name", "=", approval.encf)])
        record = found.filtered(
            lambda ecf: (
                re.sub("[^0-9]", "", ecf.company_id.vat or "") == approval.issuer
            )
        )
        # one message for all: nobody learns from it which numbers are issued
        if (
            len(record) != 1
            or record.buyer_rnc != approval.buyer
            or record.date_issue != approval.issue_date
            or round_half_up(approval.total) != _money(record.amount_total)
        ):
            raise ApiProblem("BAD_REQUEST", "There is no such document for this buyer")
        answer = "approved" if approval.status == APPROVED else "refused"
        if record.buyer_answer:
            if record.buyer_answer != answer:
                raise ApiProblem("BAD_REQUEST", "The document was answered before")
            return
        record.write(
            {
                "buyer_answer": answer,
                "buyer_answer_reason": approval.reason,
                "buyer_answer_date": fields.Datetime.now(),
                "buyer_answer_signer": certificate.name or certificate.subject,
                # with authorities loaded others are turned away before
                "buyer_answer_trusted": bool(authorities.trusted(self.env)),
                "buyer_answer_xml": base64.b64encode(xml),
            }
        )


def _money(value):
    return round_half_up(Decimal(repr(float(value))))
