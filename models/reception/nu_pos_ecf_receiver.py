"""The services that every electronic issuer publishes (Decreto 587-24 art. 18)."""

import base64
import hashlib
import logging
import re
from dataclasses import dataclass
from datetime import timedelta, timezone

from odoo import api, fields, models

from ...fiscal.ecf import messages, signature, signature_parts, timbre
from ...fiscal.ecf.fields import ReadError
from ...fiscal.ecf.normalize import normalize, parse_received
from ...fiscal.ecf.validate import structure_problems
from ..ecf import certificate_authorities as authorities
from ..runtime.problem import ApiProblem
from ..runtime.unit_of_work import unit_of_work

_logger = logging.getLogger(__name__)

TOKEN_PARAMETER = "nu_pos.ecf_receiver_token"
DAILY_PARAMETER = "nu_pos.ecf_received_per_day"
#: Received of one issuer in a day; what nobody vouches for, and its bytes.
ISSUER_PARAMETER = "nu_pos.ecf_received_per_day_issuer"
UNVERIFIED_PARAMETER = "nu_pos.ecf_unverified_per_day"
UNVERIFIED_BYTES_PARAMETER = "nu_pos.ecf_unverified_bytes_per_day"
#: What is taken from others in a day for a company; refusals that leave a row.
DAILY, DAILY_REFUSED = 5000, 200
ISSUER_DAILY, UNVERIFIED_DAILY = 500, 200
UNVERIFIED_DAILY_BYTES = 20 << 20
#: Of a refused document more is not kept.
MAX_REFUSED_BYTES = 64 * 1024
_RNC = re.compile(r"[0-9]{9}|[0-9]{11}")
_ENCF = re.compile(r"E[0-9]{12}")
#: The clock of the issuer may be ahead of ours.
_CLOCKS = timedelta(minutes=10)


@dataclass(frozen=True)
class Header:
    """What a document claims before anything of it is verified."""

    issuer: str
    encf: str
    buyer: str


class Refused(Exception):
    """The document is not received; ``reason`` is CodigoMotivoNoRecibido."""

    def __init__(self, reason, detail):
        super().__init__(detail)
        self.reason = reason


class NuPosEcfReceiver(models.AbstractModel):
    """Takes what other issuers send, and answers at once.

    Called as the system by ``controllers/ecf_receiver.py``. Nothing here needs the
    accounts to be set up, and nothing goes over the network.

    Extension point: another addon overrides the step of a service, as
    ``_after_reception`` of ``nu.pos.ecf.received`` is overridden for the bills.
    """

    _name = "nu.pos.ecf.receiver"
    _description = "Receiver of electronic receipts"

    # -- Authentication ------------------------------------------------------------

    @api.private
    @api.model
    def seed(self):
        """``SemillaModel`` as bytes, new each time."""
        moment = fields.Datetime.now().isoformat(timespec="seconds")
        return (
            '<?xml version="1.0" encoding="utf-8"?>'
            f"<SemillaModel><valor>{self.env['nu.pos.ecf.seed']._new()}</valor>"
            f"<fecha>{moment}Z</fecha></SemillaModel>"
        ).encode()

    @api.private
    @api.model
    def token(self, xml):
        """A token for a signed seed: ``{token, expira, expedido}``.

        :raise ApiProblem: ``BAD_REQUEST``: no seed; ``UNAUTHENTICATED``: not signed
            well, not ours, too old or used
        """
        verdict = self._verify(xml, fields.Datetime.now(), self._any_in_test())
        if not verdict.ok:
            if verdict.reason in ("not_xml", "doctype", "encoding", "too_large"):
                raise ApiProblem("BAD_REQUEST", verdict.message)
            raise ApiProblem("UNAUTHENTICATED", verdict.message)
        root = verdict.root
        if root.tag != "SemillaModel":
            raise ApiProblem("BAD_REQUEST", "The document is no SemillaModel")
        seeds = self.env["nu.pos.ecf.seed"]
        seeds._use((root.findtext("valor") or "").strip())
        info = verdict.certificate
        return seeds._new_token(info.holder_id or info.serial)

    @api.private
    @api.model
    def authenticate(self, token):
        """:param token: of the request, or an empty text

        :raise ApiProblem: ``UNAUTHENTICATED``, ``TOKEN_EXPIRED``
        """
        if token:
            self.env["nu.pos.ecf.seed"]._check_token(token)
        elif self._parameter(TOKEN_PARAMETER) in ("True", "1"):
            raise ApiProblem("UNAUTHENTICATED", "Sign a seed, and send its token")

    # -- Documents -----------------------------------------------------------------

    @api.private
    @api.model
    def receive(self, xml, source=""):
        """The signed ARECF of a document that came in.

        :param xml: the bytes of the file
        :param source: network address of who sends
        :raise ApiProblem: ``BAD_REQUEST`` for what is no e-CF that could be named in
            an ARECF; ``UNAVAILABLE`` where nobody here can sign; ``RATE_LIMITED``
        """
        header = self._header(xml)
        company, is_ours = self._addressee(header.buyer)
        if not company:
            return self._unaddressed(header)
        receiver = self.with_company(company.id)
        return receiver._receive(company, xml, header, is_ours, source)

    @api.model
    def _header(self, xml):
        try:
            root = signature_parts.parse(xml).getroot()
        except signature_parts.Refusal as refusal:
            raise ApiProblem(
                "BAD_REQUEST", signature.REASONS[refusal.reason]
            ) from refusal
        if root.tag != "ECF":
            raise ApiProblem("BAD_REQUEST", "The document is no ECF")
        issuer, encf, buyer = (
            (root.findtext(f"Encabezado/{path}") or "").strip()
            for path in ("Emisor/RNCEmisor", "IdDoc/eNCF", "Comprador/RNCComprador")
        )
        encf = encf.upper()
        if not _RNC.fullmatch(issuer) or not _ENCF.fullmatch(encf):
            raise ApiProblem("BAD_REQUEST", "RNCEmisor or eNCF cannot be read")
        return Header(issuer, encf, buyer if _RNC.fullmatch(buyer) else "")

    @api.model
    def _addressee(self, rnc):
        """``(company, whether it is meant)``: the one with that RNC that can sign.
        Of none that is meant a single company says so itself; of several nobody does
        in another's place."""
        now = fields.Datetime.now()
        companies = (
            self.env["nu.pos.ecf.certificate"]
            .sudo()
            .search([("date_from", "<=", now), ("date_until", ">=", now)])
            .company_id.sorted("id")
        )
        if not companies:
            raise ApiProblem("UNAVAILABLE", "Nobody here receives electronic receipts")
        for company in companies:
            if rnc and _digits(company.vat) == rnc:
                return company, True
        return (companies if len(companies) == 1 else companies.browse()), False

    @api.model
    def _unaddressed(self, header):
        """The ARECF for a buyer who is none of the companies here: unsigned, which the
        schema allows, and without a trace, as it concerns none of them.

        :raise ApiProblem: ``BAD_REQUEST``: the document names no buyer at all
        """
        if not header.buyer:
            raise ApiProblem("BAD_REQUEST", "RNCComprador cannot be read")
        _logger.info("e-CF %s of %s is for nobody here", header.encf, header.issuer)
        return messages.build_arecf(self._receipt(header, header.buyer, "4"))

    @unit_of_work(
        lock=lambda _receiver, company, _xml, header, *_more: [
            f"ecf received {company.id} {header.issuer} {header.encf}"
        ]
    )
    def _receive(self, unit, company, xml, header, is_ours, source):
        """Judge, keep and answer; alone on the number."""
        records = self.env["nu.pos.ecf.received"].sudo()
        digest = hashlib.sha256(xml).hexdigest()
        number = [
            ("company_id", "=", company.id),
            ("issuer_rnc", "=", header.issuer),
            ("name", "=", header.encf),
        ]
        known = records.search([*number, ("state", "=", "received")], limit=1)
        if known and known.digest == digest:
            known.deliveries += 1
            return known.arecf.encode()
        values = {
            "name": header.encf,
            "company_id": company.id,
            "kind": header.encf[1:3],
            "issuer_rnc": header.issuer,
            "buyer_rnc": header.buyer or False,
            "date_received": fields.Datetime.now(),
            "xml": base64.b64encode(xml),
            "digest": digest,
            "size": len(xml),
            "source": source,
        }
        try:
            if not is_ours:
                raise Refused("4", "RNCComprador is no company of this service")
            trusted, judged = self._judge(xml, header)
            values.update(judged)
            if known:
                raise Refused("3", "The number was received with another content")
        except Refused as refusal:
            return self._refuse(values, header, refusal)
        same = records.search(
            [*number, ("digest", "=", digest), ("state", "=", "unverified")], limit=1
        )
        if same:
            same.deliveries += 1
            if trusted:
                self._check_day(company, header.issuer)
                same._accept()
            return same.arecf.encode()
        if trusted:
            self._check_day(company, header.issuer)
        else:
            self._check_unverified(company, len(xml))
        record = records.create(
            {
                **values,
                "state": "received" if trusted else "unverified",
                "arecf": self._arecf(header),
            }
        )
        if trusted:
            record._after_reception()
        return record.arecf.encode()

    @api.model
    def _judge(self, xml, header):
        """``(whether its issuer is believed, values)`` of a document that holds;
        ``Refused`` for any other.

        The certificate must have been valid when it signed, at FechaHoraFirma.
        """
        company = self.env.company
        if header.issuer == _digits(company.vat):
            raise Refused("1", "The issuer is the receiving company itself")
        verdict = self._verify(xml, None, self._in_test(company))
        if not verdict.ok:
            raise Refused("2", verdict.message)
        # from here on what was signed is read, never what came in
        document, problems = parse_received(verdict.root)
        if problems:
            raise Refused("1", "; ".join(p.message for p in problems[:3]))
        buyer = document.buyer.rnc if document.buyer else ""
        claimed = (document.issuer.rnc, document.encf, buyer)
        if claimed != (header.issuer, header.encf, header.buyer):
            raise Refused("2", "What is signed is another document")
        if document.encf[1:3] != document.kind:
            raise Refused("1", "TipoeCF is not the type of the eNCF")
        signed_at = document.signed_at.astimezone(timezone.utc)
        now = fields.Datetime.now().replace(tzinfo=timezone.utc)
        if signed_at > now + _CLOCKS:
            raise Refused("1", "FechaHoraFirma is in the future")
        info = verdict.certificate
        invalid = info.problem(signed_at)
        if invalid:
            raise Refused("2", signature.REASONS[invalid])
        self._check_signer(company, document.issuer.rnc, verdict)
        reference = document.reference
        kind = self.env["l10n_latam.document.type"]
        signers = self.env["nu.pos.ecf.signer"].sudo()
        return signers.trusts(company, document.issuer.rnc, verdict), {
            "document_type_id": kind._nu_id_of_prefix(f"E{document.kind}"),
            "issuer_name": document.issuer.name,
            "modified_ncf": reference and reference.ncf,
            "date_issue": document.issue_date,
            "date_signed": signed_at.replace(tzinfo=None),
            "amount_total": float(document.totals.total),
            "amount_itbis": float(document.totals.itbis or 0),
            "security_code": timbre.security_code(verdict.signature_value),
            "signer": info.name or info.subject,
            "signer_number": info.holder_id,
            "signer_issuer": info.issuer,
            "signer_key": info.key,
            "signer_trusted": verdict.vouched,
        }

    @api.model
    def _check_signer(self, company, rnc, verdict):
        """:raise Refused: the certificate cannot be that of the issuer"""
        info = verdict.certificate
        if authorities.is_of_another(info, rnc):
            raise Refused("2", "The certificate is that of another taxpayer")
        if (
            not self._in_test(company)
            and not verdict.vouched
            and not authorities.names_a_taxpayer(info)
        ):
            raise Refused("2", "The certificate names no taxpayer")

    @api.model
    def _refuse(self, values, header, refusal):
        """The ARECF of a refusal, which leaves a bounded trace."""
        detail = str(refusal)[:250]
        company = self.env.company
        arecf = self._arecf(header, refusal.reason)
        records = self.env["nu.pos.ecf.received"].sudo()
        same = records.search(
            [
                ("company_id", "=", company.id),
                ("digest", "=", values["digest"]),
                ("state", "=", "refused"),
            ],
            limit=1,
        )
        said = {"reason": refusal.reason, "reason_detail": detail, "arecf": arecf}
        if same:
            same.write({**said, "deliveries": same.deliveries + 1})
        elif self._count_day(company, "refused") < DAILY_REFUSED:
            if values["size"] > MAX_REFUSED_BYTES:
                values["xml"] = False
            records.create({**values, **said, "state": "refused"})
        else:
            _logger.warning(
                "e-CF %s of %s refused (%s), not kept: too many today",
                header.encf,
                header.issuer,
                refusal.reason,
            )
        return arecf.encode()

    @api.model
    def _arecf(self, header, reason=None):
        company = self.env.company
        receipt = self._receipt(header, header.buyer or _digits(company.vat), reason)
        identity = self.env["nu.pos.ecf.certificate"]._identity_of(company)
        xml = messages.build_arecf(receipt)
        return self.env["nu.pos.ecf"]._sign_checked(xml, identity).decode()

    @api.model
    def _receipt(self, header, buyer, reason=None):
        return messages.Receipt(
            issuer=header.issuer,
            buyer=buyer,
            encf=header.encf,
            status=messages.NOT_RECEIVED if reason else messages.RECEIVED,
            reason=int(reason) if reason else None,
            moment=fields.Datetime.now(),
        )

    # -- Bounds --------------------------------------------------------------------

    @api.model
    def _check_day(self, company, issuer):
        """What is believed: so many a day, and of one issuer so many, so that nobody
        takes the others' place.

        :raise ApiProblem: ``RATE_LIMITED``
        """
        limit = self._limit(DAILY_PARAMETER, DAILY)
        of_issuer = self._limit(ISSUER_PARAMETER, ISSUER_DAILY)
        if limit and self._count_day(company, "received") >= limit:
            raise ApiProblem("RATE_LIMITED", "Too many today", retry_after=3600)
        if of_issuer and self._count_day(company, "received", issuer) >= of_issuer:
            raise ApiProblem(
                "RATE_LIMITED", "Too many of this issuer today", retry_after=3600
            )

    @api.model
    def _check_unverified(self, company, size):
        """What nobody vouches for has a small place of its own.

        :raise ApiProblem: ``RATE_LIMITED``
        """
        count, held = self._sum_day(company, "unverified")
        limit = self._limit(UNVERIFIED_PARAMETER, UNVERIFIED_DAILY)
        most = self._limit(UNVERIFIED_BYTES_PARAMETER, UNVERIFIED_DAILY_BYTES)
        if (limit and count >= limit) or (most and held + size > most):
            raise ApiProblem(
                "RATE_LIMITED",
                "Too many today of signers that are not known here",
                retry_after=3600,
            )

    @api.model
    def _limit(self, parameter, default):
        value = str(self._parameter(parameter) or "")
        return int(value) if value.isdecimal() else default

    @api.model
    def _count_day(self, company, state, issuer=None):
        return self._sum_day(company, state, issuer)[0]

    @api.model
    def _sum_day(self, company, state, issuer=None):
        """``(documents, bytes)`` of the last 24 hours."""
        domain = [
            ("company_id", "=", company.id),
            ("state", "=", state),
            ("date_received", ">", fields.Datetime.now() - timedelta(days=1)),
        ]
        if issuer:
            domain.append(("issuer_rnc", "=", issuer))
        [(count, size)] = (
            self.env["nu.pos.ecf.received"]
            .sudo()
            ._read_group(domain, [], ["__count", "size:sum"])
        )
        return count, size or 0

    # -- Commercial approvals of our buyers ----------------------------------------

    @api.private
    @api.model
    def take_approval(self, xml):
        """Note on our own e-CF what its buyer says of it (ACECF).

        :raise ApiProblem: ``BAD_REQUEST`` with the reason; the norm knows 200 and 400
        """
        verdict = self._verify(xml, fields.Datetime.now(), anybody=True)
        if not verdict.ok:
            raise ApiProblem("BAD_REQUEST", verdict.message)
        root = verdict.root
        if root.tag != "ACECF":
            raise ApiProblem("BAD_REQUEST", "The document is no ACECF")
        problems = structure_problems(normalize(root))
        if problems:
            raise ApiProblem("BAD_REQUEST", problems[0].message)
        try:
            approval = messages.parse_acecf(root)
        except ReadError as error:
            raise ApiProblem("BAD_REQUEST", str(error)) from error
        if authorities.is_of_another(verdict.certificate, approval.buyer):
            raise ApiProblem(
                "BAD_REQUEST", "The certificate is that of another taxpayer"
            )
        if (
            authorities.trusted(self.env)
            and not verdict.vouched
            and not self._in_test(self._companies_of(approval.issuer))
        ):
            raise ApiProblem("BAD_REQUEST", signature.REASONS["untrusted"])

        self._note_approval(approval, xml, verdict)

    @unit_of_work(
        lock=lambda _receiver, approval, *_more: [
            f"ecf approval {approval.issuer} {approval.encf}"
        ]
    )
    def _note_approval(self, unit, approval, xml, verdict):
        self.env["nu.pos.ecf"]._note_approval(approval, xml, verdict)

    # -- How -----------------------------------------------------------------------

    @api.model
    def _verify(self, xml, moment, anybody=False):
        """:param anybody: a signer without a trusted authority is told, not refused"""
        return signature.verify(
            xml,
            moment=moment,
            authorities=authorities.trusted(self.env),
            anybody=anybody,
        )

    @api.model
    def _in_test(self, companies):
        """Whether one of them is not in production: DGII's simulators of the tests and
        the certification sign with test certificates, which no authority of production
        issued."""
        return any(company.nu_ecf_environment != "ecf" for company in companies)

    @api.model
    def _any_in_test(self):
        certificates = self.env["nu.pos.ecf.certificate"].sudo()
        return bool(
            certificates.search_count(
                [("company_id.nu_ecf_environment", "!=", "ecf")], limit=1
            )
        )

    @api.model
    def _companies_of(self, rnc):
        """The companies here with that RNC."""
        companies = self.env["res.company"].sudo().search([("vat", "!=", False)])
        return companies.filtered(lambda company: _digits(company.vat) == rnc)

    @api.model
    def _parameter(self, name):
        return self.env["ir.config_parameter"].sudo().get_param(name)


def _digits(text):
    return re.sub("[^0-9]", "", text or "")
