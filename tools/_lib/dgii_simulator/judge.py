"""Judging a document as DGII does: what is wrong, and whether the number is burned.

The number stays free for what the Descripción Técnica names: certificate or signature,
structure, signer, e-NCF not authorised or expired, issuer. All else burns it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from pathlib import Path

from lxml import etree

from . import notes
from .totals import amount, contradictions

DS = "{http://www.w3.org/2000/09/xmldsig#}"
ZONE = timezone(timedelta(hours=-4))
THRESHOLD = Decimal(250000)
_TYPES = {"31", "32", "33", "34", "41", "43", "44", "45", "46", "47"}
_CODE = re.compile(r"[A-Za-z0-9+/]{6}")


@dataclass
class Settings:
    """How the simulator is set up.

    ``ranges`` are the authorised sequences as ``[rnc, type, first, last]``, numbers
    without letter and type; None authorises all. ``issuers`` are the RNC that are
    electronic issuers, ``signers`` the holders that may sign; None lets anybody.
    ``directory`` are entries as ``{"rnc", "nombre"}``: they receive here.
    """

    polls: int = 1
    ranges: list | None = None
    issuers: list | None = None
    signers: list | None = None
    directory: list = field(default_factory=list)
    schemas: Path | None = None
    #: ``validate(root) -> [text]``, besides the schemas.
    validate: Callable | None = None
    now: Callable = lambda: datetime.now(timezone.utc)
    check_signature: bool = True

    def set(self, **values):
        known = {one.name for one in fields(self)}
        if unknown := set(values) - known:
            raise KeyError(f"No such setting: {', '.join(sorted(unknown))}")
        for name, value in values.items():
            setattr(self, name, value)


@dataclass
class Judgement:
    """``code`` as in consulta de resultado: 1, 2 or 4."""

    code: int
    burned: bool
    messages: list

    @property
    def status(self):
        return {1: "Aceptado", 2: "Rechazado", 4: "Aceptado Condicional"}[self.code]


def rejected(text, burned=False, code="0"):
    return Judgement(2, burned, [(code, text)])


def parse(xml):
    """The root, or None if it is not XML that DGII would read."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return None if root.getroottree().docinfo.doctype else root


class Judge:
    """Judges by the settings and by what was accepted before (``books``)."""

    def __init__(self, settings, books):
        self.settings, self.books = settings, books
        self._compiled = {}

    def ecf(self, root, xml, name, rejection=None):
        """Judgement of a full e-CF."""
        header = _Header(root)
        problem = self._form(root, xml, name, header)
        if problem is None and header.type == "32" and header.total < THRESHOLD:
            problem = rejected("Factura de consumo menor a RD$250,000 requiere RFCE.")
        return problem or self._content(root, header, rejection)

    def rfce(self, root, xml, name, rejection=None):
        """Judgement of the summary of a consumer invoice."""
        header = _Header(root)
        problem = self._form(root, xml, name, header)
        if problem is None and header.type != "32":
            problem = rejected("El tipo de e-CF no corresponde a un resumen.")
        if problem is None and header.total >= THRESHOLD:
            problem = rejected("El monto no corresponde a un resumen.")
        code = root.findtext("Encabezado/CodigoSeguridadeCF") or ""
        if problem is None and not _CODE.fullmatch(code):
            problem = rejected("CodigoSeguridadeCF no cumple la estructura.")
        return problem or self._content(root, header, rejection)

    def signature(self, xml):
        """None if the signature holds, else why not."""
        if not self.settings.check_signature:
            return None
        holder, problem = signed_by(xml)
        if problem:
            return f"Firma inválida: {problem}"
        if self.settings.signers is not None and holder not in self.settings.signers:
            return f"El firmante {holder} no está delegado."
        return None

    def schema(self, root):
        """What the schema of the document's kind says against it."""
        found = self.settings.validate(root) if self.settings.validate else []
        schema = self._schema(root)
        if schema is not None and not schema.validate(root):
            found = [*found, *(error.message for error in schema.error_log)]
        empty = [
            node.tag
            for node in root.iter()
            if isinstance(node.tag, str)
            and not node.tag.startswith(DS)
            and not len(node)
            and not (node.text or "").strip()
        ]
        return [*found, *(f"Etiqueta vacía {tag}" for tag in empty)]

    def _schema(self, root):
        if not self.settings.schemas:
            return None
        kind = root.findtext("Encabezado/IdDoc/TipoeCF")
        name = {
            "ECF": f"e-CF {kind} v.1.0.xsd",
            "RFCE": "RFCE 32 v.1.0.xsd",
            "ANECF": "ANECF v.1.0.xsd",
            "ACECF": "ACECF v.1.0.xsd",
        }.get(root.tag, "")
        path = Path(self.settings.schemas) / name
        if not path.is_file():
            return None
        if name not in self._compiled:
            # .NET reads these two habits, libxml2 does not
            text = (
                path.read_bytes().replace(b"(?:", b"(").replace(b'name=" ', b'name="')
            )
            self._compiled[name] = etree.XMLSchema(etree.fromstring(text))
        return self._compiled[name]

    def _form(self, root, xml, name, header):
        """Everything for which the number stays free."""
        problem = self.signature(xml)
        if problem:
            return rejected(problem)
        if header.type not in _TYPES or not re.fullmatch(
            rf"E{header.type}[0-9]{{10}}", header.encf
        ):
            return rejected("Estructura del XML: eNCF inválido.")
        if name != f"{header.issuer}{header.encf}.xml":
            return rejected(f"Estructura: el nombre {name} no corresponde al e-CF.")
        wrong = self.schema(root)
        if wrong:
            return Judgement(2, False, [("0", text) for text in wrong[:10]])
        issuers = self.settings.issuers
        if issuers is not None and header.issuer not in issuers:
            return rejected("El emisor no es emisor electrónico.")
        if not self._authorised(header):
            return rejected(f"La secuencia {header.encf} no está autorizada.")
        return self._dates(root, header)

    def _authorised(self, header):
        if self.settings.ranges is None:
            return True
        number = int(header.encf[3:])
        return any(
            (str(rnc), str(kind)) == (header.issuer, header.type)
            and first <= number <= last
            for rnc, kind, first, last in self.settings.ranges
        )

    def _dates(self, root, header):
        now = self.settings.now().astimezone(ZONE)
        expiry = _date(root.findtext("Encabezado/IdDoc/FechaVencimientoSecuencia"))
        if expiry and expiry.date() < now.date():
            return rejected(f"La secuencia del e-NCF {header.encf} está vencida.")
        signed = _date(root.findtext("FechaHoraFirma"), "%d-%m-%Y %H:%M:%S")
        if signed and signed.replace(tzinfo=ZONE) > now + timedelta(minutes=5):
            return rejected("FechaHoraFirma es mayor a la fecha actual.", burned=True)
        return None

    def _content(self, root, header, rejection):
        """Everything for which the number is burned, or accepted with remarks."""
        key = (header.issuer, header.encf)
        if key in self.books.used:
            return rejected(f"El e-NCF {header.encf} ya fue utilizado.", burned=True)
        if self.books.is_annulled(*key):
            return rejected(f"El e-NCF {header.encf} fue anulado.", burned=True)
        if rejection:
            messages, burns = rejection
            return Judgement(2, burns, messages)
        if header.type in notes.NOTES:
            wrong = notes.problem(root, header.type, header.issuer, self.books)
            if wrong:
                return Judgement(2, True, [wrong])
        rejections, remarks = contradictions(root)
        if rejections:
            return Judgement(2, True, [("0", text) for text in rejections])
        if remarks:
            return Judgement(4, True, [("0", text) for text in remarks])
        return Judgement(1, True, [])


class _Header:
    def __init__(self, root):
        self.type = (root.findtext("Encabezado/IdDoc/TipoeCF") or "").strip()
        self.encf = (root.findtext("Encabezado/IdDoc/eNCF") or "").strip()
        self.issuer = (root.findtext("Encabezado/Emisor/RNCEmisor") or "").strip()
        self.total = amount(root, "Encabezado/Totales/MontoTotal")


def _date(text, form="%d-%m-%Y"):
    try:
        return datetime.strptime((text or "").strip(), form)
    except ValueError:
        return None


def signed_by(xml):
    """``(holder, None)`` of a signature that holds, else ``("", why)``.

    DGII reads a document without its white space between elements, and so it is
    judged here. The addon's verifier reads the form and the holder; where the library
    xmlsec is installed, it must agree.
    """
    from .addon import signature

    verdict = signature.verify(xml)
    compact = _compact(xml)
    if verdict.ok and compact != xml:
        verdict = signature.verify(compact)
    if not verdict.ok:
        return "", verdict.message
    if not _xmlsec_agrees(compact):
        return "", "xmlsec does not verify it"
    return verdict.certificate.holder_id, None


def _compact(xml):
    """The document as .NET loads it with ``PreserveWhitespace`` false; its own bytes
    if there is nothing to drop."""
    root = parse(xml)
    dropped = False
    for node in root.iter(etree.Element) if root is not None else ():
        for name in ("text", "tail"):
            text = getattr(node, name)
            if text and not text.strip(" \t\r\n"):
                setattr(node, name, None)
                dropped = True
    return etree.tostring(root) if dropped else xml


@cache
def _xmlsec():
    """The library, or None: not installed, or built for another libxml2 than lxml,
    for which it raises an error of its own when it is imported."""
    try:
        import xmlsec
    except Exception:
        return None
    return xmlsec


def _xmlsec_agrees(xml):
    xmlsec = _xmlsec()
    if xmlsec is None:
        return True
    root = etree.fromstring(xml)
    certificate = "".join(root.findtext(f".//{DS}X509Certificate").split())
    pem = f"-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n"
    context = xmlsec.SignatureContext()
    try:
        context.key = xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.CERT_PEM)
        context.verify(root.find(f".//{DS}Signature"))
    except xmlsec.Error:
        return False
    return True
