"""e-CF of other issuers, for the tests of reception."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from lxml import etree

from odoo import SUPERUSER_ID

from ..fiscal.ecf import build, messages, signature
from ..fiscal.ecf.description import Billing, Buyer, Document, Issuer, Line
from ..fiscal.ecf.signature_parts import DS
from .common import FiscalCase
from .ecf_signers import signer

SUPPLIER = "131246796"
#: Before which every document of the tests was signed, UTC.
SIGNED = datetime(2026, 11, 20, 14, 0)


def line(name="Arroz", price="100.00", quantity="2", **values):
    values.setdefault("billing", Billing.ITBIS_18)
    return Line(name=name, price=Decimal(price), quantity=Decimal(quantity), **values)


class ReceptionMixin:
    """Beside ``RestaurantMixin``: its company receives."""

    @classmethod
    def _load_reception(cls):
        cls.certificates = cls.env["nu.pos.ecf.certificate"]
        cls.certificates._make_demo(cls.company.id)
        cls.received = cls.env["nu.pos.ecf.received"]
        cls.receiver = cls.env(user=SUPERUSER_ID, su=True)["nu.pos.ecf.receiver"]
        # a person has confirmed the supplier's signer
        cls.confirm(SUPPLIER)

    @classmethod
    def confirm(cls, rnc, by=None, company=None):
        """Trust a signer (ours by default) for a taxpayer."""
        info = (by or signer()).info
        return (
            cls.env["nu.pos.ecf.signer"]
            .sudo()
            .confirm(
                company or cls.company,
                rnc,
                {
                    "signer": info.name,
                    "signer_number": info.holder_id,
                    "key": info.key,
                },
            )
        )

    @classmethod
    def document(cls, number=1, kind="31", lines=None, **values):
        """A supplier's document to the company, complete; not signed."""
        if kind not in ("32", "34"):
            values.setdefault("sequence_expiry", date(2027, 12, 31))
        values.setdefault("issue_date", date(2026, 11, 20))
        values.setdefault(
            "issuer",
            Issuer(rnc=SUPPLIER, name="DISTRIBUIDORA EJEMPLO SRL", address="CALLE 1"),
        )
        values.setdefault("buyer", Buyer(rnc=cls.company.vat, name="EL CONUCO"))
        document = Document(
            kind=kind,
            encf=f"E{kind}{number:010d}",
            lines=tuple(lines or [line()]),
            **values,
        )
        return build.complete(document, values.get("signed_at") or SIGNED)

    @classmethod
    def file(cls, *args, by=None, edit=None, **values):
        """The signed bytes of :meth:`document`.

        :param by: who signs (``sign(xml)``), ours by default
        :param edit: changes the bytes before they are signed
        """
        xml = build.to_xml(cls.document(*args, **values))
        if edit:
            changed = edit(xml)
            if changed == xml:
                raise AssertionError("the edit changes nothing")
            xml = changed
        return by.sign(xml) if by else signature.sign(xml, signer())

    def take(self, xml):
        """Receive: ``(Receipt, the record of these bytes or of its number)``."""
        arecf = self.receiver.receive(xml, "203.0.113.7")
        self.env.invalidate_all()
        return self.judged(arecf)

    def judged(self, arecf):
        """The ARECF read, after xmlsec believed its signature."""
        self.assertTrue(xmlsec_holds(arecf), arecf)
        receipt = messages.parse_arecf(arecf)
        records = self.received.search([("name", "=", receipt.encf)])
        return receipt, records[:1]

    def approval(self, ecf, status=messages.APPROVED, **values):
        """The ACECF of the buyer of one of our documents, unsigned."""
        values = {
            "issuer": self.company.vat,
            "encf": ecf.name,
            "issue_date": ecf.date_issue,
            "total": Decimal(f"{ecf.amount_total:.2f}"),
            "buyer": ecf.buyer_rnc,
            "status": status,
            "reason": "No fue recibida" if status == messages.REFUSED else None,
            "moment": datetime.now() - timedelta(minutes=1),
            **values,
        }
        return messages.build_acecf(messages.Approval(**values))


def xmlsec_holds(xml):
    """Whether xmlsec believes a document, by the certificate in it."""
    import xmlsec

    root = etree.fromstring(xml)
    node = xmlsec.tree.find_node(root, xmlsec.constants.NodeSignature)
    text = root.findtext(f".//{{{DS}}}X509Certificate")
    pem = f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.CERT_PEM)
    try:
        context.verify(node)
    except xmlsec.Error:
        return False
    return True


class ReceptionCase(ReceptionMixin, FiscalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._load_reception()

    def assertRefused(self, xml, reason, words=""):
        receipt, record = self.take(xml)
        self.assertEqual(
            (receipt.status, receipt.reason), (messages.NOT_RECEIVED, reason)
        )
        self.assertEqual((record.state, record.reason), ("refused", str(reason)))
        self.assertIn(words, record.reason_detail)
        self.assertEqual(record.bill_state, "none")
        return record

    def assertUnverified(self, xml):
        """Acknowledged, and nothing follows from it."""
        receipt, record = self.take(xml)
        self.assertEqual((receipt.status, receipt.reason), (messages.RECEIVED, None))
        self.assertEqual(record.state, "unverified", record.reason_detail)
        self.assertEqual((record.bill_state, record.bill_next), ("none", False))
        return record
