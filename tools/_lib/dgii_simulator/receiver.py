"""Another electronic taxpayer, who receives documents and approvals."""

from datetime import datetime, timedelta, timezone
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from .books import Delivery
from .judge import ZONE, parse, signed_by


@cache
def identity():
    """A key and a certificate of the receiver's own, made when first needed."""
    from .addon import certificate

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "RECEPTOR DE PRUEBA"),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, "IDCDO-00100000017"),
        ]
    )
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=3650))
        .not_valid_after(now + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    return certificate.SigningIdentity(key, made)


def receive(request):
    """The ARECF: received, or the reason why not (1 to 4)."""
    name, xml = request.file
    root = parse(xml)
    get = root.findtext if root is not None else lambda path: None
    issuer = get("Encabezado/Emisor/RNCEmisor") or "000000000"
    encf = get("Encabezado/IdDoc/eNCF") or "E310000000000"
    request.books.deliveries.append(Delivery("receptor", name, xml, issuer, encf))
    reason = _reason(request, root, xml, (request.rnc, issuer, encf))
    if not reason:
        request.books.acknowledged.append((request.rnc, issuer, encf))
    return 200, _acknowledgement(request, issuer, encf, reason)


def _reason(request, root, xml, key):
    if root is None or root.tag != "ECF":
        return "1"
    if request.world.settings.check_signature and signed_by(xml)[1]:
        return "2"
    if key in request.books.acknowledged:
        return "3"
    buyer = root.findtext("Encabezado/Comprador/RNCComprador")
    return "" if buyer == request.rnc else "4"


def _acknowledgement(request, issuer, encf, reason):
    from .addon import signature

    at = request.now.astimezone(ZONE).strftime("%d-%m-%Y %H:%M:%S")
    why = f"<CodigoMotivoNoRecibido>{reason}</CodigoMotivoNoRecibido>" if reason else ""
    text = (
        '<ARECF xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xmlns:xsd="http://www.w3.org/2001/XMLSchema"><DetalleAcusedeRecibo>'
        f"<Version>1.0</Version><RNCEmisor>{issuer}</RNCEmisor>"
        f"<RNCComprador>{request.rnc}</RNCComprador><eNCF>{encf}</eNCF>"
        f"<Estado>{1 if reason else 0}</Estado>{why}"
        f"<FechaHoraAcuseRecibo>{at}</FechaHoraAcuseRecibo>"
        "</DetalleAcusedeRecibo></ARECF>"
    )
    return signature.sign(text.encode(), identity()).decode()


def approve(request):
    name, xml = request.file
    request.books.deliveries.append(Delivery("receptor-aprobacion", name, xml))
    root = parse(xml)
    if root is None or root.tag != "ACECF":
        return 400, "XML inválido"
    return 200, ""


def receiver_routes(seed, validate_seed):
    """Its routes; who asks for a token depends on its entry in the directory."""
    base = r"/receptor/(?P<rnc>[0-9]{9,11})/fe"
    access = f"{base}/autenticacion/api"
    return [
        ("GET", f"{access}/semilla", "receptor", seed, False),
        ("POST", f"{access}/validacioncertificado", "receptor", validate_seed, False),
        ("POST", f"{base}/recepcion/api/ecf", "receptor", receive, "entry"),
        ("POST", f"{base}/aprobacioncomercial/api/ecf", "receptor", approve, "entry"),
    ]
