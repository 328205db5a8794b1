import json
from decimal import Decimal

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ...fiscal.ecf import build, timbre
from ...fiscal.ecf.dgii_answers import Message
from ...fiscal.ecf.dgii_states import explain
from ...fiscal.ecf.printed import LEGENDS
from ...fiscal.ecf.signature import sign
from ...fiscal.ecf.validate import checked_ecf, checked_rfce, validate
from ..runtime.problem import ApiProblem
from .res_company import ENVIRONMENTS

ECF_STATES = [
    ("signed", "Signed"),
    ("queued", "To send"),
    ("sent", "In process at DGII"),
    ("unknown", "Answer lost"),
    ("contingency", "Contingency"),
    ("accepted", "Accepted"),
    ("conditional", "Accepted with remarks"),
    ("rejected", "Rejected"),
    ("annulled", "Annulled"),
]
#: DGII has spoken.
FINAL_STATES = ("accepted", "conditional", "rejected", "annulled")
#: DGII holds a valid document.
VALID_STATES = ("accepted", "conditional")
#: What was signed; never changed after.
SEALED_FIELDS = {
    "name", "company_id", "ncf_id", "document_type_id", "xml", "summary_xml",
    "security_code", "qr_url", "date_signed", "environment",
}  # fmt: skip

#: Types that are no sale: credit notes are taken off, purchases are none.
NET_SIGNS = {"34": -1, "41": 0, "43": 0, "47": 0}


class NuPosEcf(models.Model):
    """One electronic receipt: signed once, inside its sale, and sent outside it.

    Life cycle::

        signed        the company does not send by itself (yet)
        queued        waits for its turn
        contingency   waits, DGII cannot be reached; printed with the legend
        unknown       sent, and the answer was lost: DGII is asked, never told again
                      blindly
        sent          received, a track id is known; judged by and by
        accepted, conditional   DGII's word: valid
        rejected      DGII's word: no fiscal value; ``number_lives`` says whether the
                      number may be used again. Kept as history: what is signed in its
                      place is another row that ``corrects_id`` it
        annulled      the range annulment (ANECF) of its number was accepted

    From ``signed``, ``queued`` and ``contingency`` it goes out and becomes ``unknown``
    for the time of the call, durably, so that a crash leaves a question and never a
    second document. ``xml`` is what was signed, byte by byte, for ever.

    Ley 32-23, Decreto 587-24; Descripción Técnica de Facturación Electrónica.
    """

    _name = "nu.pos.ecf"
    _description = "Electronic receipt (e-CF)"
    _order = "id desc"

    name = fields.Char(string="e-NCF", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    ncf_id = fields.Many2one(
        "nu.pos.ncf", string="NCF record", required=True, readonly=True
    )
    document_type_id = fields.Many2one(
        "l10n_latam.document.type", string="Fiscal type", required=True, readonly=True
    )
    environment = fields.Selection(ENVIRONMENTS, required=True, readonly=True)
    order_id = fields.Many2one(
        "pos.order", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    config_id = fields.Many2one(
        "pos.config", string="Register", readonly=True, index="btree_not_null"
    )
    modified_id = fields.Many2one(
        "nu.pos.ecf",
        string="Modifies",
        readonly=True,
        index="btree_not_null",
        help="The document a note modifies, which DGII must know first.",
    )
    buyer_rnc = fields.Char(string="Buyer's RNC", readonly=True)
    buyer_name = fields.Char(string="Buyer", readonly=True)
    date_issue = fields.Date(
        string="Issued", required=True, readonly=True, help="Day in Santo Domingo."
    )
    date_signed = fields.Datetime(string="Signed on", required=True, readonly=True)
    amount_total = fields.Monetary(string="Total", readonly=True, aggregator=None)
    amount_itbis = fields.Monetary(string="ITBIS", readonly=True, aggregator=None)
    amount_net = fields.Monetary(
        string="Net of sales",
        readonly=True,
        help="Credit notes are taken off; receipts of purchases are no sales.",
    )
    currency_id = fields.Many2one(
        "res.currency", related="company_id.currency_id", string="Currency"
    )
    security_code = fields.Char(required=True, readonly=True)
    qr_url = fields.Char(string="QR address", required=True, readonly=True)
    xml = fields.Text(
        string="XML", required=True, readonly=True, help="As signed, byte by byte."
    )
    summary_xml = fields.Text(
        string="Summary (RFCE)",
        readonly=True,
        help="What DGII gets of a consumer invoice below the threshold.",
    )
    is_summary = fields.Boolean(
        string="Sent as summary",
        readonly=True,
        help="Consumer invoice below RD$250,000.",
    )
    state = fields.Selection(ECF_STATES, required=True, readonly=True, default="signed")
    track_id = fields.Char(string="Track id", readonly=True)
    dgii_code = fields.Integer(string="DGII's code", readonly=True, aggregator=None)
    messages = fields.Json(
        string="DGII's messages", readonly=True, help='[{"code", "text"}]'
    )
    message_text = fields.Text(compute="_compute_message_text", string="What DGII says")
    explanation = fields.Html(
        string="In plain words",
        compute="_compute_explanation",
        help="DGII's known messages, each once.",
    )
    is_note = fields.Boolean(
        related="document_type_id.nu_needs_reference", string="Note"
    )
    number_lives = fields.Boolean(
        readonly=True,
        help="A rejected document whose number may be used again "
        "(secuenciaUtilizada false).",
    )
    attempts = fields.Integer(readonly=True, aggregator=None)
    date_next = fields.Datetime(string="Next attempt", readonly=True)
    date_sent = fields.Datetime(string="Sent on", readonly=True)
    date_answered = fields.Datetime(string="Answered on", readonly=True)
    last_error = fields.Char(string="Last difficulty", readonly=True)
    is_late = fields.Boolean(
        compute="_compute_is_late", search="_search_is_late", string="Stuck"
    )

    # What DGII rejected is history; its number is signed anew if it lives. One index
    # both finds and forbids: a sale pays for each.
    _ncf_uniq = models.UniqueIndex(
        "(ncf_id, (CASE WHEN state = 'rejected' THEN id ELSE 0 END))",
        "This number is signed already.",
    )
    _name_uniq = models.UniqueIndex(
        "(company_id, name, (CASE WHEN state = 'rejected' THEN id ELSE 0 END))",
        "This number is signed already.",
    )
    # few of all in production: the reports of a month leave them out
    _test_idx = models.Index("(ncf_id) WHERE environment <> 'ecf'")
    _turn = models.Index(
        "(date_next, id) WHERE state IN ('queued', 'contingency', 'unknown', 'sent')"
    )

    @api.depends("messages", "last_error")
    def _compute_message_text(self):
        for record in self:
            lines = [
                f"{entry.get('code') or ''} {entry.get('text') or ''}".strip()
                for entry in record.messages or ()
            ]
            record.message_text = "\n".join(lines) or record.last_error

    @api.depends("messages")
    @api.depends_context("lang")
    def _compute_explanation(self):
        spanish = (self.env.lang or "").startswith("es")
        for record in self:
            found = dict.fromkeys(
                explain(Message(str(entry.get("code") or ""), entry.get("text") or ""))
                for entry in record.messages or ()
            )
            words = [
                known.spanish if spanish else known.english for known in found if known
            ]
            record.explanation = (
                Markup("<ul class='mb-0'>%s</ul>")
                % Markup("").join(Markup("<li>%s</li>") % text for text in words)
                if words
                else False
            )

    @api.depends("state", "date_signed")
    def _compute_is_late(self):
        limit = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        for record in self:
            record.is_late = record.state == "rejected" or (
                record.state not in FINAL_STATES and record.date_signed < limit
            )

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        limit = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        return [
            "|",
            ("state", "=", "rejected"),
            "&",
            ("state", "not in", FINAL_STATES),
            ("date_signed", "<", limit),
        ]

    # -- Evidence ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_system()
        return super().create(vals_list)

    def write(self, vals):
        self._check_system()
        if SEALED_FIELDS & set(vals):
            raise AccessError(self.env._("What was signed is never changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._("An electronic receipt is kept for ten years."))

    @api.model
    def _check_system(self):
        if not self.env.su:
            raise AccessError(
                self.env._("Electronic receipts are written by their sale only.")
            )

    # -- Signing -------------------------------------------------------------------

    @api.private
    @api.model
    def _sign(self, ncf, document, modified=None, **links):
        """Sign a document within the transaction of its sale; CPU only.

        :param ncf: ``nu.pos.ncf`` that carries the number
        :param document: ``fiscal.ecf.description.Document``
        :param modified: ``nu.pos.ecf`` a note modifies, if it is electronic
        :param links: values of the record, such as ``order_id``
        :return: the new record
        :raise ApiProblem: ``ECF_NO_CERTIFICATE``; ``ECF_INVALID`` with each field
        """
        company = ncf.company_id
        identity = self.env["nu.pos.ecf.certificate"]._identity_of(company)
        now = fields.Datetime.now()
        document = build.complete(document, now)
        xml, problems = checked_ecf(document)
        signed = self._sign_checked(xml, identity, problems)
        code = timbre.document_security_code(signed)
        summary = None
        if build.is_summarised(document):
            xml, problems = checked_rfce(document, code)
            summary = self._sign_checked(xml, identity, problems)
        record = self._insert(
            {
                "name": ncf.name,
                "company_id": company.id,
                "ncf_id": ncf.id,
                "document_type_id": ncf.document_type_id.id,
                "environment": company.nu_ecf_environment,
                "modified_id": modified and modified.id,
                "buyer_rnc": document.buyer and document.buyer.rnc,
                "buyer_name": document.buyer and document.buyer.name,
                "date_issue": document.issue_date,
                "date_signed": now,
                "amount_total": document.totals.total,
                "amount_itbis": document.totals.itbis or Decimal(0),
                "amount_net": document.totals.total * NET_SIGNS.get(document.kind, 1),
                "security_code": code,
                "qr_url": timbre.document_url(signed, company.nu_ecf_environment),
                "xml": signed.decode(),
                "summary_xml": summary and summary.decode(),
                "is_summary": bool(summary),
                **self._first_state(company, now),
                **links,
            }
        )
        self._wake_queue(company)
        return record.with_env(self.env)

    @api.model
    def _insert(self, values):
        """The row of a signed document, in one plain statement: within a sale the ORM
        would take longer than the signature, and has nothing to compute."""
        now = fields.Datetime.now()
        values = {
            name: None if value is False or isinstance(value, models.Model) else value
            for name, value in values.items()
        }
        values.update(
            is_summary=bool(values["is_summary"]),
            create_uid=self.env.uid,
            create_date=now,
            write_uid=self.env.uid,
            write_date=now,
        )
        [(row_id,)] = self.env.execute_query(
            SQL(
                "INSERT INTO nu_pos_ecf (%s) VALUES (%s) RETURNING id",
                SQL(", ").join(map(SQL.identifier, values)),
                SQL(", ").join(SQL("%s", value) for value in values.values()),
            )
        )
        return self.sudo().browse(row_id)

    @api.model
    def _sign_checked(self, xml, identity, problems=None):
        """Sign what has no ``problems``; those of its XML, if they are not known."""
        if problems is None:
            problems = validate(xml)
        problems = problems or self.env["nu.pos.ecf.schema"]._problems(xml)
        if problems:
            raise ApiProblem(
                "ECF_INVALID",
                "The electronic receipt would be rejected by DGII: "
                + "; ".join(problem.message for problem in problems[:3]),
                errors=[
                    {"path": problem.path, "message": problem.message}
                    for problem in problems[:20]
                ],
            )
        return sign(xml, identity)

    @api.model
    def _first_state(self, company, now):
        """How a new document begins."""
        if not company.nu_ecf_send:
            return {"state": "signed"}
        offline = company.nu_ecf_contingency == "offline"
        return {"state": "contingency" if offline else "queued", "date_next": now}

    @api.model
    def _wake_queue(self, company):
        """Have the queue worked as soon as the sale is committed."""
        if company.nu_ecf_send:
            self.env["nu.pos.ecf.queue"].wake()

    # -- Of a sale or an invoice ---------------------------------------------------

    @api.private
    @api.model
    def _sign_order(self, order):
        """Sign the paid order's document; nothing if its number is not electronic or
        signed already."""
        ncf = order.nu_ncf_id
        if not ncf.document_type_id.nu_is_electronic or self._of_ncf(ncf):
            return self.browse()
        document, modified = self.env["nu.pos.ecf.describer"].of_order(order)
        return self._sign(
            ncf,
            document,
            modified,
            order_id=order.id,
            move_id=order.account_move.id,
            config_id=order.config_id.id,
        )

    @api.private
    @api.model
    def _sign_move(self, move):
        """Sign the document of a posted invoice, bill or note of the back office;
        nothing if its number is not electronic or signed already.

        :raise ApiProblem: as :meth:`_sign`; the posting is undone with it
        """
        ncf = move.sudo().nu_ncf_id
        if not ncf.document_type_id.nu_is_electronic or self._of_ncf(ncf):
            return self.browse()
        document, modified = self.env["nu.pos.ecf.describer"].of_move(move)
        return self._sign(ncf, document, modified, move_id=move.id)

    @api.model
    def _of_ncf(self, ncf):
        """The document of a number; of several the last, the others were rejected."""
        if not ncf:
            return self.sudo().browse()
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM nu_pos_ecf WHERE ncf_id = %s ORDER BY id DESC LIMIT 1",
                ncf.id,
            )
        )
        return self.sudo().browse(rows[0] if rows else ())

    @api.private
    @api.model
    def printed_of(self, ncf):
        """What a terminal prints of the last document of a number (or of none): part
        of the ``fiscal`` object; read in every sale, so without the rest of the row."""
        query = SQL(
            "SELECT security_code, qr_url, state, date_signed FROM nu_pos_ecf"
            " WHERE ncf_id = %s"
            " ORDER BY id DESC LIMIT 1",
            ncf.id,
        )
        rows = self.env.execute_query(query) if ncf else None
        code, url, state, signed = rows[0] if rows else (None, None, None, None)
        return {
            "security_code": code,
            "qr_url": url,
            "legend": LEGENDS.get(state),
            "signed_at": signed and f"{signed.replace(microsecond=0).isoformat()}Z",
        }

    def _xml_bytes(self):
        """The signed bytes, as sent and as kept."""
        self.ensure_one()
        return self.xml.encode()

    def _sent_bytes(self):
        """What DGII gets: the summary of a small consumer invoice, else the whole."""
        self.ensure_one()
        return (self.summary_xml if self.is_summary else self.xml).encode()

    def _evidence(self):
        """What the audit keeps of the document."""
        self.ensure_one()
        return json.loads(
            json.dumps(
                {
                    "state": self.state,
                    "security_code": self.security_code,
                    "track_id": self.track_id or None,
                    "messages": self.messages or [],
                }
            )
        )

    def action_open_modified(self):
        """The receipt that this note modifies."""
        self.ensure_one()
        return self.modified_id._open()
