"""The simulator of DGII of ``tools/``, and documents to send to it."""

import os
import sys
from functools import cache
from pathlib import Path

from odoo.addons.nu_restaurant_pos.fiscal.ecf import signature, timbre

from .ecf_signers import FILES, signer

_ADDON = Path(__file__).resolve().parents[1]
if str(_ADDON / "tools") not in sys.path:
    sys.path.append(str(_ADDON / "tools"))

from _lib import dgii_simulator  # noqa: E402, needs the path above

start = dgii_simulator.start

ISSUER = "131246796"
BUYER = "101672919"


def schemas():
    """Folder with DGII's schemas, or None where they are not at hand."""
    shared = Path(os.environ.get("NU_SHARED") or _ADDON.parent / "shared")
    folder = shared / "fiscal" / "xsd"
    return folder if folder.is_dir() else None


@cache
def _plain():
    return (FILES / "plain.xml").read_text("utf-8")


def changed(text, *changes):
    for old, new in changes:
        if old not in text:
            raise AssertionError(f"{old} is not in the document")
        text = text.replace(old, new)
    return text


def ecf(number=1, kind="31", *changes, sign=True):
    """A signed e-CF of the kind to ``BUYER``: two mofongos and a beer, 1,408.00."""
    encf = f"E{kind}{number:010d}"
    text = changed(
        _plain(),
        ("<TipoeCF>32<", f"<TipoeCF>{kind}<"),
        (
            "<eNCF>E320000000001</eNCF>",
            f"<eNCF>{encf}</eNCF>"
            "<FechaVencimientoSecuencia>31-12-2027</FechaVencimientoSecuencia>",
        ),
        ("<Comprador>", f"<Comprador><RNCComprador>{BUYER}</RNCComprador>"),
        *changes,
    )
    return signature.sign(text.encode(), signer()) if sign else text.encode()


def note(number, modified, *changes, kind="33", code=3):
    """A note on another document, of the same amounts; debit (33) or credit (34)."""
    reference = (
        f"<InformacionReferencia><NCFModificado>{modified}</NCFModificado>"
        "<FechaNCFModificado>20-11-2026</FechaNCFModificado>"
        f"<CodigoModificacion>{code}</CodigoModificacion></InformacionReferencia>"
    )
    place = ("<FechaHoraFirma>", f"{reference}<FechaHoraFirma>")
    return ecf(number, kind, place, *changes)


def consumer(number=1):
    """``(full e-CF, its summary, security code)`` of a consumer invoice."""
    encf = f"E32{number:010d}"
    full = changed(_plain(), ("E320000000001", encf))
    full = signature.sign(full.encode(), signer())
    code = timbre.document_security_code(full)
    text = (
        "<RFCE><Encabezado><Version>1.0</Version><IdDoc><TipoeCF>32</TipoeCF>"
        f"<eNCF>{encf}</eNCF><TipoIngresos>01</TipoIngresos><TipoPago>1</TipoPago>"
        "<TablaFormasPago><FormaDePago><FormaPago>1</FormaPago>"
        "<MontoPago>1408.00</MontoPago></FormaDePago></TablaFormasPago></IdDoc>"
        f"<Emisor><RNCEmisor>{ISSUER}</RNCEmisor>"
        "<RazonSocialEmisor>RESTAURANTE EJEMPLO SRL</RazonSocialEmisor>"
        "<FechaEmision>20-11-2026</FechaEmision></Emisor><Comprador>"
        "<RazonSocialComprador>CONSUMIDOR FINAL</RazonSocialComprador></Comprador>"
        "<Totales><MontoGravadoTotal>1100.00</MontoGravadoTotal>"
        "<MontoGravadoI1>1100.00</MontoGravadoI1><TotalITBIS>198.00</TotalITBIS>"
        "<TotalITBIS1>198.00</TotalITBIS1>"
        "<MontoImpuestoAdicional>110.00</MontoImpuestoAdicional>"
        "<ImpuestosAdicionales><ImpuestoAdicional><TipoImpuesto>001</TipoImpuesto>"
        "<OtrosImpuestosAdicionales>110.00</OtrosImpuestosAdicionales>"
        "</ImpuestoAdicional></ImpuestosAdicionales>"
        "<MontoTotal>1408.00</MontoTotal></Totales>"
        f"<CodigoSeguridadeCF>{code}</CodigoSeguridadeCF></Encabezado></RFCE>"
    )
    return full, signature.sign(text.encode(), signer()), code


def approval(encf, issuer=ISSUER):
    text = (
        "<ACECF><DetalleAprobacionComercial><Version>1.0</Version>"
        f"<RNCEmisor>{issuer}</RNCEmisor><eNCF>{encf}</eNCF>"
        "<FechaEmision>20-11-2026</FechaEmision><MontoTotal>1408.00</MontoTotal>"
        f"<RNCComprador>{BUYER}</RNCComprador><Estado>1</Estado>"
        "<FechaHoraAprobacionComercial>20-11-2026 22:00:00"
        "</FechaHoraAprobacionComercial></DetalleAprobacionComercial></ACECF>"
    )
    return signature.sign(text.encode(), signer())


def annulment(first, last, count):
    text = (
        f"<ANECF><Encabezado><Version>1.0</Version><RncEmisor>{ISSUER}</RncEmisor>"
        f"<CantidadeNCFAnulados>{count}</CantidadeNCFAnulados>"
        "<FechaHoraAnulacioneNCF>20-11-2026 22:00:00</FechaHoraAnulacioneNCF>"
        "</Encabezado><DetalleAnulacion><Anulacion><NoLinea>1</NoLinea>"
        f"<TipoeCF>{first[1:3]}</TipoeCF><TablaRangoSecuenciasAnuladaseNCF>"
        f"<Secuencias><SecuenciaeNCFDesde>{first}</SecuenciaeNCFDesde>"
        f"<SecuenciaeNCFHasta>{last}</SecuenciaeNCFHasta></Secuencias>"
        "</TablaRangoSecuenciasAnuladaseNCF>"
        f"<CantidadeNCFAnulados>{count}</CantidadeNCFAnulados></Anulacion>"
        "</DetalleAnulacion></ANECF>"
    )
    return signature.sign(text.encode(), signer())
