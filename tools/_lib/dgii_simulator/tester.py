"""DGII's own part in a certification: it sends documents (steps 8 and 9) and commercial
approvals (steps 10 and 11) to the taxpayer who is certified.

It writes as DGII's simulator does: ``Version`` 1, no decimals where they are zeros,
hours of one digit, empty optional elements, white space added after signing, the
signature of a person's TEST certificate.
"""

import json

from lxml import etree

from .judge import ZONE
from .receiver import identity

RNC = "131880681"
#: Types that a buyer gets.
KINDS = ("31", "32", "33", "34", "44", "45")
_SPACES = (
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
)
_DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\r\n'
_PRICE, _TAX = 300_000, 54_000


def document(buyer, number, kind, modified, moment):
    """A document from the tester to a taxpayer.

    :param modified: number of the document that a note modifies
    """
    at = moment.astimezone(ZONE)
    day = f"{at:%d-%m-%Y}"
    exempt = kind == "44"
    # what a note corrects is less than what it modifies
    price = _PRICE // 2 if modified else _PRICE
    tax = 0 if exempt else price * 18 // 100
    form = "" if exempt else "<IndicadorMontoGravado>0</IndicadorMontoGravado>"
    if kind == "34":
        form = f"<IndicadorNotaCredito>0</IndicadorNotaCredito>{form}"
    elif kind != "32":
        form = (
            f"<FechaVencimientoSecuencia>31-12-{at.year + 1}"
            f"</FechaVencimientoSecuencia>{form}"
        )
    totals = (
        f"<MontoExento>{price}</MontoExento>"
        if exempt
        else f"<MontoGravadoTotal>{price}</MontoGravadoTotal>"
        f"<MontoGravadoI1>{price}</MontoGravadoI1><ITBIS1>18</ITBIS1>"
        f"<TotalITBIS>{tax}</TotalITBIS><TotalITBIS1>{tax}</TotalITBIS1>"
    )
    reference = (
        f"<InformacionReferencia><NCFModificado>{modified}</NCFModificado>"
        f"<FechaNCFModificado>{day}</FechaNCFModificado>"
        "<CodigoModificacion>3</CodigoModificacion></InformacionReferencia>"
        if modified
        else ""
    )
    return signed(
        f"<ECF {_SPACES}><Encabezado><Version>1</Version><IdDoc>"
        f"<TipoeCF>{kind}</TipoeCF><eNCF>{number}</eNCF>{form}"
        "<TipoIngresos>01</TipoIngresos><TipoPago>1</TipoPago></IdDoc>"
        f"<Emisor><RNCEmisor>{RNC}</RNCEmisor>"
        "<RazonSocialEmisor>DOCUMENTOS ELECTRONICOS DE PRUEBA</RazonSocialEmisor>"
        "<NombreComercial></NombreComercial>"
        "<DireccionEmisor>AVE. ISABEL AGUIAR NO. 269</DireccionEmisor>"
        f"<FechaEmision>{day}</FechaEmision></Emisor>"
        f"<Comprador><RNCComprador>{buyer}</RNCComprador>"
        "<RazonSocialComprador>CONTRIBUYENTE EN CERTIFICACION</RazonSocialComprador>"
        f"</Comprador><Totales>{totals}<MontoTotal>{price + tax}</MontoTotal>"
        "</Totales></Encabezado><DetallesItems><Item><NumeroLinea>1</NumeroLinea>"
        f"<IndicadorFacturacion>{4 if exempt else 1}</IndicadorFacturacion>"
        "<NombreItem>Servicio de prueba</NombreItem>"
        "<IndicadorBienoServicio>2</IndicadorBienoServicio>"
        f"<CantidadItem>1</CantidadItem><PrecioUnitarioItem>{price}"
        f"</PrecioUnitarioItem><MontoItem>{price}</MontoItem></Item></DetallesItems>"
        f"{reference}<FechaHoraFirma>{day} {_time(at)}</FechaHoraFirma></ECF>"
    )


def approval(of, approved, moment):
    """The commercial approval of a document that the taxpayer issued.

    :param of: ``RNCEmisor``, ``eNCF``, ``FechaEmision``, ``MontoTotal`` as issued
    """
    at = moment.astimezone(ZONE)
    total = of["MontoTotal"].removesuffix(".00")
    reason = "" if approved else "No recibido conforme"
    return signed(
        f"<ACECF {_SPACES}><DetalleAprobacionComercial><Version>1</Version>"
        f"<RNCEmisor>{of['RNCEmisor']}</RNCEmisor><eNCF>{of['eNCF']}</eNCF>"
        f"<FechaEmision>{of['FechaEmision']}</FechaEmision>"
        f"<MontoTotal>{total}</MontoTotal><RNCComprador>{RNC}</RNCComprador>"
        f"<Estado>{1 if approved else 2}</Estado>"
        f"<DetalleMotivoRechazo>{reason}</DetalleMotivoRechazo>"
        f"<FechaHoraAprobacionComercial>{at:%d-%m-%Y} {_time(at)}"
        "</FechaHoraAprobacionComercial></DetalleAprobacionComercial></ACECF>"
    )


def _time(at):
    return f"{at.hour}:{at:%M:%S}"


def signed(text):
    """Signed, and then indented, as ``XmlDocument.Save`` does without
    ``PreserveWhitespace``."""
    from .addon import signature

    parser = etree.XMLParser(resolve_entities=False, remove_blank_text=True)
    xml = signature.sign(text.encode(), identity())
    written = etree.tostring(
        etree.fromstring(xml, parser), pretty_print=True, encoding="unicode"
    )
    return _DECLARATION + written.replace("\n", "\r\n").encode()


class Tester:
    """Calls the addresses of a taxpayer (step 7).

    :param call: ``call(method, path, file, headers)``, ``file`` being ``(name, bytes)``
        of the part ``xml`` or None; gives ``(status, bytes)``
    :param rnc: of the taxpayer
    :param now: ``now()``, with a time zone
    """

    def __init__(self, call, rnc, now):
        self._call, self._rnc, self._now = call, rnc, now
        self._headers = {}

    def authenticate(self):
        """Get a token, as before each of the services."""
        base = "/fe/autenticacion/api"
        _status, seed = self._call("GET", f"{base}/semilla", None, {})
        file = ("semilla.xml", signed(seed.decode()))
        _status, body = self._call("POST", f"{base}/validacioncertificado", file, {})
        self._headers = {"Authorization": f"Bearer {json.loads(body)['token']}"}

    def send_documents(self, kinds=KINDS):
        """Steps 8 and 9, a document of each type.

        :return: ``{number: (status, bytes of the answer)}``
        """
        found = {}
        for kind in kinds:
            modified = f"E{kinds[0]}{1:010d}" if kind in ("33", "34") else None
            number = f"E{kind}{1:010d}"
            xml = document(self._rnc, number, kind, modified, self._now())
            found[number] = self._send("/fe/recepcion/api/ecf", number, xml)
        return found

    def send_approvals(self, documents):
        """Steps 10 and 11, each other one of them refused.

        :param documents: as :func:`approval` reads them
        :return: ``{number: (status, bytes of the answer)}``
        """
        found = {}
        for place, one in enumerate(documents):
            xml = approval(one, place % 2 == 0, self._now())
            found[one["eNCF"]] = self._send(
                "/fe/aprobacioncomercial/api/ecf", one["eNCF"], xml
            )
        return found

    def _send(self, path, number, xml):
        return self._call("POST", path, (f"{RNC}{number}.xml", xml), self._headers)
