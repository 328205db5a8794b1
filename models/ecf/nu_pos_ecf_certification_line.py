from functools import partial

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...fiscal.ecf import build, certification, messages, timbre
from ...fiscal.ecf.dgii import DgiiClient, MemoryTokens, document_name
from ...fiscal.ecf.dgii_http import DgiiError, Refused, Unavailable, Unknown
from ...fiscal.ecf.dgii_states import FINAL, VALID, decide
from ...fiscal.ecf.fields import ReadError
from ...fiscal.ecf.signature import sign
from ...fiscal.ecf.validate import validate
from ..runtime.unit_of_work import unit_of_work
from .endpoints import endpoints

#: Tokens of this process, by address and certificate: one log-in serves an hour.
_TOKENS = {}


def _line_key(line, *_values):
    return [f"certification line {line.id}"]


class NuPosEcfCertificationLine(models.Model):
    """One document of a certification set: signed once, sent once."""

    _name = "nu.pos.ecf.certification.line"
    _description = "Document of a certification set"
    _order = "certification_id, sequence, id"

    certification_id = fields.Many2one(
        "nu.pos.ecf.certification", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="certification_id.company_id", store=True)
    sequence = fields.Integer(readonly=True)
    row_number = fields.Integer(string="Row", readonly=True, aggregator=None)
    document = fields.Selection(
        [("ECF", "e-CF"), ("RFCE", "Summary"), ("ACECF", "Approval")],
        required=True,
        readonly=True,
    )
    name = fields.Char(string="e-NCF", required=True, readonly=True)
    kind = fields.Char(string="Type", readonly=True)
    modified_ncf = fields.Char(string="Modifies", readonly=True)
    sends = fields.Boolean(
        string="To be sent",
        readonly=True,
        help="Not the full e-CF of a small consumer invoice: DGII gets its summary, "
        "and the full one is uploaded by hand in its portal.",
    )
    file_name = fields.Char(string="File", readonly=True)
    xml = fields.Text(string="XML", readonly=True)
    state = fields.Selection(
        [
            ("problem", "Cannot be built"),
            ("ready", "Ready"),
            ("unknown", "Answer lost"),
            ("sent", "In process at DGII"),
            ("accepted", "Accepted"),
            ("conditional", "Accepted with remarks"),
            ("rejected", "Rejected"),
        ],
        required=True,
        readonly=True,
        default="ready",
    )
    is_accepted = fields.Boolean(compute="_compute_is_accepted")
    waits_for = fields.Char(
        compute="_compute_waits_for", help="What a note modifies and is not accepted."
    )
    track_id = fields.Char(string="Track id", readonly=True)
    problems = fields.Text(string="What is wrong", readonly=True)
    buyer_answer = fields.Selection(
        [("approved", "Approved"), ("refused", "Refused")],
        string="Approval received",
        readonly=True,
        help="Commercial approval (ACECF) that DGII sent of it, steps 10 and 11.",
    )
    buyer_answer_date = fields.Datetime(string="Approval received on", readonly=True)
    buyer_answer_note = fields.Char(string="About the approval", readonly=True)
    buyer_answer_xml = fields.Text(string="Approval (ACECF)", readonly=True)

    @api.depends("state")
    def _compute_is_accepted(self):
        for line in self:
            line.is_accepted = line.state in VALID

    @api.depends("modified_ncf", "certification_id.line_ids.state")
    def _compute_waits_for(self):
        for line in self:
            originals = line.certification_id.line_ids.filtered(
                lambda other, name=line.modified_ncf: (
                    name
                    and other.name == name
                    and other.sends
                    and other.document != "ACECF"
                )
            )
            line.waits_for = (
                bool(originals and not originals.filtered("is_accepted"))
                and line.modified_ncf
            )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_system()
        return super().create(vals_list)

    def write(self, vals):
        self._check_system()
        return super().write(vals)

    @api.model
    def _check_system(self):
        if not self.env.su:
            raise AccessError(self.env._("Documents of a set come from its file only."))

    # -- Making --------------------------------------------------------------------

    @api.model
    def _make(self, record, sheets, identity):
        """Lines of a set, signed, in the order in which they are sent."""
        summaries = {row.get("ENCF"): row for row in sheets.get("RFCE") or ()}
        codes, made = {}, []
        for number, row in enumerate(sheets.get("ECF") or (), 2):
            name = row.get("ENCF", "")
            values = self._values(record, "ECF", number, row)
            unsigned = partial(certification.row_to_ecf, row, fields.Datetime.now())
            self._sign_into(values, unsigned, identity)
            if values.get("xml"):
                codes[name] = timbre.document_security_code(values["xml"].encode())
            values["sends"] = name not in summaries
            note = certification.sending_order(row)
            values["sequence"] = 10_000 * (3 * note if values["sends"] else 4) + number
            made.append(values)
        for number, row in enumerate(sheets.get("RFCE") or (), 2):
            values = self._values(record, "RFCE", number, row)
            code = codes.get(row.get("ENCF"))
            if code:
                self._sign_into(
                    values, partial(certification.row_to_rfce, row, code), identity
                )
            else:
                values["state"] = "problem"
                values["problems"] = self.env._(
                    "Its full e-CF is not in the sheet ECF."
                )
            values.update(sends=True, sequence=20_000 + number)
            made.append(values)
        for number, row in enumerate(sheets.get("ACECF") or (), 2):
            values = self._values(record, "ACECF", number, row)
            self._sign_into(values, partial(certification.row_to_acecf, row), identity)
            values.update(sends=True, sequence=50_000 + number)
            made.append(values)
        return self.create(made)

    @api.model
    def _values(self, record, document, number, row):
        # who makes an approval is the buyer
        rnc = row.get("RNCComprador" if document == "ACECF" else "RNCEmisor", "")
        name = row.get("ENCF") or row.get("eNCF") or ""
        return {
            "certification_id": record.id,
            "document": document,
            "row_number": number,
            "name": name or "?",
            "kind": row.get("TipoeCF") or name[1:3],
            "modified_ncf": row.get("NCFModificado"),
            "file_name": document_name(rnc, name),
            "problems": False
            if rnc == (record.company_id.vat or "").replace("-", "")
            else self.env._("The RNC of the row, %s, is not the company's.", rnc),
        }

    @api.model
    def _sign_into(self, values, unsigned, identity):
        """Build and sign; what DGII gave goes out as it is, remarks are told."""
        try:
            xml = unsigned()
        except (certification.CertificationError, ReadError) as error:
            values.update(state="problem", problems=str(error))
            return
        told = [problem.message for problem in validate(xml)]
        values["xml"] = sign(xml, identity).decode()
        values["problems"] = (
            "\n".join(filter(None, (values["problems"], *told))) or False
        )

    # -- Commercial approvals (steps 10 and 11) --------------------------------------

    @api.model
    def _take_answer(self, companies, approval, xml):
        """Keep what DGII's simulator says of a document of a set.

        DGII fills its approvals from a set of its own: number and issuer are ours, the
        rest need not be. What differs is told and refuses nothing.

        :param companies: those with the RNC of the issuer
        :param approval: ``fiscal.ecf.messages.Approval``
        :return: the document; empty if no set of theirs has that number
        """
        line = self.search(
            [
                ("company_id", "in", companies.ids),
                ("name", "=", approval.encf),
                ("document", "=", "ECF"),
                ("xml", "!=", False),
            ],
            order="id desc",
            limit=1,
        )
        if line:
            approved = approval.status == messages.APPROVED
            line.write(
                {
                    "buyer_answer": "approved" if approved else "refused",
                    "buyer_answer_date": fields.Datetime.now(),
                    "buyer_answer_note": line._differences(approval) or approval.reason,
                    "buyer_answer_xml": xml.decode("utf-8", "replace"),
                }
            )
        return line

    def _differences(self, approval):
        document = build.parse_ecf(self.xml.encode())
        ours = {
            "RNCComprador": document.buyer.rnc if document.buyer else "",
            "FechaEmision": document.issue_date,
            "MontoTotal": document.totals.total,
        }
        told = {
            "RNCComprador": approval.buyer,
            "FechaEmision": approval.issue_date,
            "MontoTotal": approval.total,
        }
        return "; ".join(
            self.env._(
                "%(name)s is %(told)s, in the set %(ours)s",
                name=name,
                told=told[name],
                ours=ours[name],
            )
            for name in ours
            if ours[name] != told[name]
        )

    # -- Sending -------------------------------------------------------------------

    def _step(self):
        """Deliver the document, or ask how it was judged.

        Each move is durable before the next: a crash after the delivery leaves
        ``unknown``, which is asked about and not sent again.
        """
        self.ensure_one()
        client = self._client()
        if self.state != "ready":
            self._ask(client)
        elif self._claim():
            self._deliver(client)

    def _claim(self):
        """Take the document to deliver it; False if somebody else just did."""
        claimed = self.sudo()._claim_once()
        self.env.invalidate_all()
        return claimed

    @unit_of_work(lock=_line_key)
    def _claim_once(self, unit):
        if self.state != "ready":
            return False
        self.write({"state": "unknown", "problems": False})
        return True

    def _deliver(self, client):
        xml, name = self.xml.encode(), self.file_name
        try:
            if self.document == "RFCE":
                self._judge(client.send_summary(xml, name))
                return
            if self.document == "ACECF":
                self._judge_approval(client.send_approval(xml, name))
                return
            received = client.send(xml, name)
        except Refused as error:
            self._keep(state="rejected", problems=_words(error))
        except Unavailable as error:
            lost = getattr(error, "may_be_received", False)
            self._keep(state="unknown" if lost else "ready", problems=str(error))
        except Unknown as error:
            self._keep(state="unknown", problems=str(error))
        else:
            self._keep(state="sent", track_id=received.track_id)

    def _ask(self, client):
        """How a delivered document stands."""
        if self._is_lost():
            self._keep(
                problems=self.env._(
                    "The answer was lost, and DGII does not tell in certification "
                    "what it has: look it up in its portal before sending again."
                )
            )
            return
        issuer = build.parse_ecf(self.xml.encode()).issuer.rnc
        try:
            if self.document == "RFCE":
                code = self._summary_code()
                self._judge(client.summary_status(issuer, self.name, code))
                return
            if self.track_id:
                self._judge(client.result(self.track_id))
                return
            found = client.track_ids(issuer, self.name)
            if found:
                self._keep(state="sent", track_id=found[-1].track_id, problems=False)
            else:
                # DGII has no delivery of it: nothing was received
                self._keep(state="ready", problems=False)
        except DgiiError as error:
            self._keep(problems=str(error))

    def _is_lost(self):
        """Whether the answer is lost for good: DGII is not asked about deliveries in
        certification, and nowhere about approvals."""
        asks = self.document != "ACECF" and (
            self.certification_id.environment != "certecf" or self.track_id
        )
        return self.state == "unknown" and not asks

    def action_send_again(self):
        """Whoever looked it up in DGII's portal says that it is not there."""
        for line in self:
            line.certification_id.check_access("write")
            if line.state != "unknown":
                raise UserError(
                    self.env._("%s is not waiting for a lost answer.", line.name)
                )
            line.sudo().write({"state": "ready", "problems": False})

    def _judge(self, result):
        outcome = decide(result)
        texts = "\n".join(
            f"{message.code} {message.text}".strip() for message in outcome.messages
        )
        if outcome.state in FINAL:
            self._keep(state=outcome.state, problems=texts or False)
        elif outcome.state == "not_found" and self.document == "RFCE":
            self._keep(state="ready")
        else:
            self._keep(problems=texts or False)

    def _judge_approval(self, answer):
        texts = "\n".join(
            f"{message.code} {message.text}".strip() for message in answer.messages
        )
        if answer.accepted:
            self._keep(state="accepted", problems=False)
        else:
            self._keep(state="rejected", problems=texts or answer.status)

    def _summary_code(self):
        whole = self.certification_id.line_ids.filtered(
            lambda line: line.document == "ECF" and line.name == self.name
        )
        return timbre.document_security_code(whole.xml.encode())

    def _keep(self, **values):
        """Write in a transaction of its own: what the network did stays known."""
        self.sudo()._write_durably(values)
        self.env.invalidate_all()

    @unit_of_work(lock=_line_key)
    def _write_durably(self, unit, values):
        self.write(values)

    def _client(self):
        company, environment = self.company_id, self.certification_id.environment
        certificate = self.env["nu.pos.ecf.certificate"]
        identity = certificate._identity_of(company)
        key = (self.env.cr.dbname, certificate._of(company).id)
        tokens = _TOKENS.setdefault(key, MemoryTokens())
        return DgiiClient(endpoints(self.env, environment), identity, tokens)


def _words(error):
    return "\n".join(
        f"{message.code} {message.text}".strip() for message in error.messages
    ) or str(error)
