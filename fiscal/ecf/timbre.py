"""The "timbre": security code and QR code that a printed e-CF carries.

Whoever scans the code lands on DGII's page, which says whether the document is good
(Descripción Técnica de Facturación Electrónica, "Código QR"; Informe Técnico e-CF,
section 17). A consumer invoice below the threshold has an address of its own:

>>> consumer_url("testecf", "131880738", "e320000000064", "6225.09", "uab/yh")
'https://fc.dgii.gov.do/testecf/consultatimbrefc?rncemisor=131880738\
&encf=e320000000064&montototal=6225.09&codigoseguridad=uab%2Fyh'
"""

import base64
import math
import re
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from urllib.parse import quote

import qrcode
from lxml import etree
from qrcode.constants import (
    ERROR_CORRECT_H,
    ERROR_CORRECT_L,
    ERROR_CORRECT_M,
    ERROR_CORRECT_Q,
)
from qrcode.exceptions import DataOverflowError
from qrcode.image.pil import PilImage
from qrcode.image.svg import SvgPathImage

#: testecf is for trying, certecf for the certification, ecf is the real one.
ENVIRONMENTS = ("testecf", "certecf", "ecf")
ECF_HOST = "https://ecf.dgii.gov.do"
FC_HOST = "https://fc.dgii.gov.do"
#: From this total on a consumer invoice is sent, and asked for, like any e-CF.
CONSUMER_THRESHOLD = Decimal("250000")

# Informe Técnico e-CF 17.2.3: version 8, at least 22 mm wide, margin of 3 mm.
_FIRST_VERSION = 8
_LAST_VERSION = 40
_SIDE_MM = 22
_MARGIN_MM = 3
_MIN_QUIET_MODULES = 4  # ISO/IEC 18004

_SIGNATURE_VALUE = re.compile(
    rb"<(?:[A-Za-z_][\w.-]*:)?SignatureValue[^>]*>([^<]*)</", re.ASCII
)


class TimbreError(ValueError):
    """No timbre can be made of this; the message says why."""


def security_code(signature_value: str) -> str:
    """First six characters of ``SignatureValue``, white space left out.

    >>> security_code("an6K\\n  c0Zq...")
    'an6Kc0'
    """
    code = "".join(signature_value.split())[:6]
    if len(code) < 6:
        raise TimbreError("The signature has no value to take a security code from.")
    return code


def document_security_code(signed: bytes) -> str:
    """Security code of a signed document.

    :raise TimbreError: the document does not have exactly one signature
    """
    values = _SIGNATURE_VALUE.findall(signed)
    if len(values) != 1:
        raise TimbreError("The document does not have exactly one signature.")
    return security_code(values[0].decode("ascii", "replace"))


def ecf_url(
    environment: str,
    issuer: str,
    buyer: str | None,
    encf: str,
    issued_on: date | str,
    total: Decimal | str,
    signed_at: datetime | str,
    code: str,
    host: str = ECF_HOST,
) -> str:
    """Address in the QR code of any e-CF but the small consumer invoice.

    Texts go in as the XML has them. ``buyer`` is the RNC or cedula, None or empty
    where the document has none (43, 46, 47, foreign buyers). ``signed_at`` as a
    moment is the local time of ``FechaHoraFirma``.
    """
    return _url(
        host,
        environment,
        "consultatimbre",
        ("rncemisor", issuer),
        ("rnccomprador", buyer),
        ("encf", encf),
        ("fechaemision", _written(issued_on, "%d-%m-%Y")),
        ("montototal", _amount(total)),
        ("fechafirma", _written(signed_at, "%d-%m-%Y %H:%M:%S")),
        ("codigoseguridad", code),
    )


def consumer_url(
    environment: str,
    issuer: str,
    encf: str,
    total: Decimal | str,
    code: str,
    host: str = FC_HOST,
) -> str:
    """Address in the QR code of a consumer invoice (32) below the threshold."""
    return _url(
        host,
        environment,
        "consultatimbrefc",
        ("rncemisor", issuer),
        ("encf", encf),
        ("montototal", _amount(total)),
        ("codigoseguridad", code),
    )


def document_url(
    signed: bytes, environment: str, threshold: Decimal = CONSUMER_THRESHOLD
) -> str:
    """Address in the QR code of a signed e-CF of our own.

    :raise TimbreError: it is no signed e-CF
    """
    code = document_security_code(signed)
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(signed, parser)
    except etree.XMLSyntaxError as error:
        raise TimbreError("The document is no e-CF.") from error
    texts = {
        name: (root.findtext(path) or "").strip()
        for name, path in {
            "type": "Encabezado/IdDoc/TipoeCF",
            "encf": "Encabezado/IdDoc/eNCF",
            "issuer": "Encabezado/Emisor/RNCEmisor",
            "issued_on": "Encabezado/Emisor/FechaEmision",
            "total": "Encabezado/Totales/MontoTotal",
            "signed_at": "FechaHoraFirma",
        }.items()
    }
    if root.tag != "ECF" or not all(texts.values()):
        raise TimbreError("The document is no e-CF.")
    if texts["type"] == "32" and Decimal(texts["total"]) < threshold:
        return consumer_url(
            environment, texts["issuer"], texts["encf"], texts["total"], code
        )
    return ecf_url(
        environment,
        texts["issuer"],
        (root.findtext("Encabezado/Comprador/RNCComprador") or "").strip(),
        texts["encf"],
        texts["issued_on"],
        texts["total"],
        texts["signed_at"],
        code,
    )


def _url(host, environment, path, *parameters):
    if environment not in ENVIRONMENTS:
        raise TimbreError(f"{environment!r} is not an environment of DGII.")
    # DGII's table encodes + / = and the rest, a space is %20, the colon stays.
    query = "&".join(
        f"{name}={quote(value, safe=':')}" for name, value in parameters if value
    )
    return f"{host}/{environment}/{path}?{query}"


def _written(moment, form):
    return moment if isinstance(moment, str) else moment.strftime(form)


def _amount(total):
    return total if isinstance(total, str) else f"{total:.2f}"


# -- The image -------------------------------------------------------------------------


def qr_code(url: str) -> qrcode.QRCode:
    """The QR code: the smallest version from 8 on that holds the address.

    In that version it has the best error correction that still fits. The margin has
    the 3 mm that DGII asks for where the code is printed 22 mm wide.
    """
    for version in range(_FIRST_VERSION, _LAST_VERSION + 1):
        for level in (
            ERROR_CORRECT_H,
            ERROR_CORRECT_Q,
            ERROR_CORRECT_M,
            ERROR_CORRECT_L,
        ):
            code = qrcode.QRCode(
                version=version, error_correction=level, border=_margin(version)
            )
            code.add_data(url)
            try:
                code.make(fit=False)
            except (DataOverflowError, ValueError):
                continue
            return code
    raise TimbreError("The address is too long for a QR code.")


def _margin(version):
    modules = 17 + 4 * version
    return max(_MIN_QUIET_MODULES, math.ceil(modules * _MARGIN_MM / _SIDE_MM))


def qr_png(url: str, module_pixels: int = 4) -> bytes:
    """The QR code as a PNG image of two colours, margin included."""
    code = qr_code(url)
    code.box_size = module_pixels
    image = code.make_image(image_factory=PilImage).get_image().convert("1")
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def qr_svg(url: str) -> str:
    """The QR code as an SVG document that grows to the size it is given."""
    image = qr_code(url).make_image(image_factory=SvgPathImage)
    root = etree.fromstring(image.to_string())
    del root.attrib["width"], root.attrib["height"]
    return etree.tostring(root, encoding="unicode")


def qr_data_uri(url: str, module_pixels: int = 4) -> str:
    """The PNG image as the ``src`` of an ``img`` element."""
    return "data:image/png;base64," + base64.b64encode(
        qr_png(url, module_pixels)
    ).decode("ascii")
