"""What other issuers send to the companies of this database."""

import base64
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...fiscal.ecf import signature
from ..ecf import certificate_authorities as authorities

#: CodigoMotivoNoRecibido of the ARECF (Formato Acuse de Recibo).
REASONS = [
    ("1", "Error of specification"),
    ("2", "Error of signature"),
    ("3", "Sent twice"),
    ("4", "The buyer is not ours"),
]
#: Where a commercial approval stands with one of its two addressees.
DELIVERIES = [
    ("to_send", "To send"),
    ("sent", "Sent"),
    ("failed", "Failed"),
    ("none", "No address"),
]
#: Filled when it came in, and never changed after.
SEALED_FIELDS = {
    "name", "company_id", "kind", "document_type_id", "issuer_rnc", "issuer_name",
    "buyer_rnc", "modified_ncf", "date_issue", "date_received", "date_signed",
    "amount_total", "amount_itbis", "security_code", "signer", "signer_number",
    "signer_issuer", "signer_key", "xml", "digest", "size", "state",
}  # fmt: skip
#: Neither refused documents nor those nobody has confirmed are evidence of a purchase.
KEEP_REFUSED_DAYS = 365
ACTORS = "account.group_account_invoice"


class NuPosEcfReceived(models.Model):
    """One e-CF that came in, and how it was answered.

    ``received``: of a signer who is known for the issuer; kept for ever, byte by byte;
    one for each number of an issuer. What follows is the accountant's: a draft vendor
    bill is made by a job, and the commercial approval (ACECF) is given, or not.

    ``unverified``: the signature holds, but nobody vouches that the signer signs for
    the issuer: anybody can make such a document in any name. It takes no number, so
    that there may be several of one, and nothing follows from it until a person who
    knows the supplier confirms the signer (:meth:`action_confirm_signer`). The bytes
    that were confirmed, or that come from a signer who is known, are received.
    Dropped after a year.

    ``refused``: answered with a reason; one row for each distinct file, however often
    it is sent, and not more than ``nu.pos.ecf.receiver`` keeps in a day. Its content
    is what somebody claims, nothing in it was verified. Dropped after a year.

    Decreto 587-24 art. 18: every electronic issuer receives.
    """

    _name = "nu.pos.ecf.received"
    _description = "Electronic receipt (e-CF) received"
    _order = "id desc"

    name = fields.Char(string="e-NCF", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(
        "res.currency", related="company_id.currency_id", string="Currency"
    )
    kind = fields.Char(string="Type code", size=2, readonly=True)
    document_type_id = fields.Many2one(
        "l10n_latam.document.type", string="Fiscal type", readonly=True
    )
    issuer_rnc = fields.Char(
        string="Issuer's RNC", required=True, readonly=True, index=True
    )
    issuer_name = fields.Char(string="Issuer", readonly=True)
    buyer_rnc = fields.Char(string="Buyer's RNC", readonly=True)
    modified_ncf = fields.Char(
        string="Modifies number", readonly=True, help="NCFModificado of a note."
    )
    date_issue = fields.Date(string="Issued", readonly=True)
    date_received = fields.Datetime(string="Received on", required=True, readonly=True)
    date_signed = fields.Datetime(
        string="Signed on", readonly=True, help="FechaHoraFirma, as the issuer says."
    )
    amount_total = fields.Monetary(string="Total", readonly=True, aggregator=None)
    amount_itbis = fields.Monetary(string="ITBIS", readonly=True, aggregator=None)
    security_code = fields.Char(readonly=True)
    signer = fields.Char(
        readonly=True, help="Who signed, as the certificate names the person."
    )
    signer_number = fields.Char(
        string="Signer's identity", readonly=True, help="RNC, cédula or passport."
    )
    signer_issuer = fields.Char(string="Authority of the certificate", readonly=True)
    signer_key = fields.Char(string="Signer's key (SHA-256)", readonly=True)
    signer_trusted = fields.Boolean(
        string="Signer verified",
        readonly=True,
        help="An authority that is trusted issued the certificate.",
    )
    xml = fields.Binary(
        string="XML", attachment=False, readonly=True, help="The bytes that came in."
    )
    xml_name = fields.Char(string="File", compute="_compute_xml_name")
    digest = fields.Char(string="SHA-256", required=True, readonly=True)
    size = fields.Integer(string="Bytes", readonly=True, aggregator=None)
    state = fields.Selection(
        [
            ("unverified", "Not verified"),
            ("received", "Received"),
            ("refused", "Refused"),
        ],
        required=True,
        readonly=True,
    )
    reason = fields.Selection(REASONS, string="Reason of the refusal", readonly=True)
    reason_detail = fields.Char(string="Details", readonly=True)
    arecf = fields.Text(
        string="Acknowledgement (ARECF)",
        readonly=True,
        help="What the issuer was answered, signed.",
    )
    deliveries = fields.Integer(
        string="Times sent",
        readonly=True,
        default=1,
        aggregator=None,
        help="How often the very same file came in.",
    )
    source = fields.Char(
        string="Sent from", readonly=True, help="Network address of the first sender."
    )

    _received_uniq = models.UniqueIndex(
        "(company_id, issuer_rnc, name) WHERE state = 'received'",
        "This number of the issuer was received already.",
    )
    _digest = models.Index("(company_id, digest)")
    _day = models.Index("(company_id, state, date_received)")
    _issuer_day = models.Index(
        "(company_id, issuer_rnc, date_received) WHERE state = 'received'"
    )
    _unverified = models.Index(
        "(company_id, issuer_rnc, signer_key) WHERE state = 'unverified'"
    )

    @api.depends("issuer_rnc", "name")
    def _compute_xml_name(self):
        for record in self:
            record.xml_name = f"{record.issuer_rnc}{record.name}.xml"

    @api.depends("name", "issuer_name", "issuer_rnc")
    def _compute_display_name(self):
        for record in self:
            issuer = record.issuer_name or record.issuer_rnc
            record.display_name = f"{record.name} {issuer}"

    # -- Evidence ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_system()
        return super().create(vals_list)

    def write(self, vals):
        self._check_system()
        sealed = SEALED_FIELDS & set(vals)
        if sealed == {"state"} and vals["state"] == "received":
            # the one way there is: from a claim to a receipt
            sealed = any(record.state != "unverified" for record in self)
        if sealed:
            raise AccessError(self.env._("What came in is never changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_refused_only(self):
        if not self.env.su or any(record.state == "received" for record in self):
            raise AccessError(
                self.env._("An electronic receipt that was received is kept.")
            )

    @api.model
    def _check_system(self):
        if not self.env.su:
            raise AccessError(
                self.env._("Receipts of other issuers are written by reception only.")
            )

    @api.autovacuum
    def _gc_refused(self):
        limit = fields.Datetime.now() - timedelta(days=KEEP_REFUSED_DAYS)
        old = self.sudo().search(
            [
                ("state", "in", ("refused", "unverified")),
                ("date_received", "<", limit),
            ],
            limit=1000,
        )
        old.unlink()

    # -- Whose signature it is -----------------------------------------------------

    def action_check_signer(self):
        """Hold signers that nobody vouched for against the authorities of today."""
        trusted = authorities.trusted(self.env)
        if not trusted:
            raise UserError(
                self.env._(
                    "No authority is trusted yet: an administrator loads their "
                    "certificates in Settings > POS API."
                )
            )
        records = self._check_actor("received", "unverified")
        signers = self.env["nu.pos.ecf.signer"].sudo()
        for record in records.filtered(lambda one: not one.signer_trusted):
            # the bytes were judged when they came in; what is new are the authorities
            verdict = signature.verify(
                base64.b64decode(record.xml), authorities=trusted
            )
            record.signer_trusted = verdict.ok
            if verdict.ok and signers.trusts(
                record.company_id, record.issuer_rnc, verdict
            ):
                record._accept()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_confirm_signer(self):
        """Confirm that who signed these documents signs for their issuer: they are
        received, and so is what the signer sent or will send in that name."""
        for record in self._check_actor("unverified"):
            self.env["nu.pos.ecf.signer"].sudo().confirm(
                record.company_id,
                record.issuer_rnc,
                {
                    "taxpayer_name": record.issuer_name,
                    "signer": record.signer,
                    "signer_number": record.signer_number,
                    "key": record.signer_key,
                },
            )
            waiting = record.search(
                [
                    ("company_id", "=", record.company_id.id),
                    ("issuer_rnc", "=", record.issuer_rnc),
                    ("signer_key", "=", record.signer_key),
                    ("state", "=", "unverified"),
                ],
                order="id",
            )
            # the one that was clicked goes before others of its number
            for one in record | waiting:
                one._accept()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _accept(self):
        """Make a receipt of a claim, if its number is free. As the system."""
        self.ensure_one()
        if self.state != "unverified" or self.search_count(
            [
                ("company_id", "=", self.company_id.id),
                ("issuer_rnc", "=", self.issuer_rnc),
                ("name", "=", self.name),
                ("state", "=", "received"),
            ],
            limit=1,
        ):
            return
        self.state = "received"
        self._after_reception()

    # -- Who may act ---------------------------------------------------------------

    def _check_actor(self, *states):
        """What an action needs: invoicing rights, and documents one may see.

        :param states: those in which it makes sense; received, if none is told
        :return: the same records, as the system
        """
        if not self.env.user.has_group(ACTORS):
            raise AccessError(
                self.env._("Receipts of suppliers are handled by accounting.")
            )
        self.check_access("read")
        found = set(self.mapped("state")) - set(states or ("received",))
        if "refused" in found:
            raise UserError(self.env._("A refused document has no follow-up."))
        if "unverified" in found:
            raise UserError(
                self.env._(
                    "Nobody has confirmed that who signed this document signs for its "
                    "issuer. Confirm the signer first, if you know the supplier."
                )
            )
        if found:
            raise UserError(self.env._("The signer is confirmed already."))
        return self.sudo()
