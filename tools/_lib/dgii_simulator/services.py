"""The services of DGII by path, each from a request to an answer."""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta, timezone

from . import tester
from .books import Delivery
from .judge import parse
from .receiver import receiver_routes
from .totals import amount

_SEED_MINUTES = 5


@dataclass
class Request:
    """A call as services see it; ``file`` is ``(name, bytes)`` of the part ``xml``."""

    query: dict
    file: tuple | None
    world: object
    token: str = ""
    holder: str = ""
    #: RNC of the receiver, from its path
    rnc: str = ""
    #: Begin of the address under which the simulator was called
    origin: str = ""

    @property
    def books(self):
        return self.world.books

    @property
    def now(self):
        return self.world.settings.now()

    def ask(self, name):
        return self.query.get(name.lower(), "").strip()


def stamp(moment):
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def seed(request):
    value = secrets.token_urlsafe(48)
    request.books.seeds[value] = request.now + timedelta(minutes=_SEED_MINUTES)
    # Namespaces as DGII writes them; receivers often indent as well.
    text = (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<SemillaModel xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
        f"<valor>{value}</valor><fecha>{stamp(request.now)}</fecha></SemillaModel>"
    )
    return 200, text.replace("><", ">\n  <") if request.rnc else text


def validate_seed(request):
    root = parse(request.file[1])
    value = root.findtext("valor") if root is not None else None
    until = request.books.seeds.pop(value, None)
    if until is None or until < request.now:
        return 400, {"mensaje": "La semilla no es válida."}
    problem = request.world.judge.signature(request.file[1])
    if problem:
        return 400, {"mensaje": problem}
    now = request.now
    return 200, {
        "token": request.books.new_token(now, ""),
        "expira": stamp(now + timedelta(hours=1)),
        "expedido": stamp(now),
    }


def _deliver(request, service):
    name, xml = request.file
    root = parse(xml)
    found = {"issuer": "", "encf": ""}
    if root is not None:
        for key, path in (
            ("issuer", "Encabezado/Emisor/RNCEmisor"),
            ("encf", "Encabezado/IdDoc/eNCF"),
        ):
            found[key] = (root.findtext(path) or "").strip()
    delivery = Delivery(service, name, xml, **found)
    request.books.deliveries.append(delivery)
    return delivery, root


def receive(request):
    delivery, root = _deliver(request, "recepcion")
    if root is None or root.tag != "ECF":
        return 400, {"trackId": None, "error": "XML inválido", "mensaje": None}
    world = request.world
    judgement = world.judge.ecf(
        root, delivery.xml, delivery.name, world.faults.rejection()
    )
    document = request.books.add(
        "ecf", delivery, root, judgement, world.settings.polls, request.now
    )
    return 200, {"trackId": document.track_id, "error": None, "mensaje": None}


def receive_summary(request):
    delivery, root = _deliver(request, "recepcionfc")
    if root is None or root.tag != "RFCE":
        return 400, {"codigo": None, "error": "XML inválido", "mensaje": "No es RFCE"}
    world = request.world
    judgement = world.judge.rfce(
        root, delivery.xml, delivery.name, world.faults.rejection()
    )
    document = request.books.add("rfce", delivery, root, judgement, 0, request.now)
    return 200, {
        "codigo": judgement.code,
        "estado": judgement.status,
        "mensajes": _messages(document),
        "encf": document.encf,
        "secuenciaUtilizada": judgement.burned,
    }


def _messages(document):
    # DGII fills the list when there is nothing to say
    found = document.judgement.messages or [(0, "")]
    return [{"codigo": code, "valor": text} for code, text in found]


def result(request):
    track_id = request.ask("trackid")
    for document in request.books.documents:
        if document.kind == "ecf" and document.track_id == track_id:
            break
    else:
        return 200, {
            "trackId": track_id,
            "codigo": "0",
            "estado": "No encontrado",
            "mensajes": None,
        }
    answer = {
        "trackId": track_id,
        "rnc": document.issuer,
        "eNCF": document.encf,
        "fechaRecepcion": document.received_at,
    }
    if document.polls > 0:
        document.polls -= 1
        return 200, {
            **answer,
            "codigo": "3",
            "estado": "En Proceso",
            "secuenciaUtilizada": False,
            "mensajes": [],
        }
    return 200, {
        **answer,
        "codigo": str(document.judgement.code),
        "estado": document.judgement.status,
        "secuenciaUtilizada": document.judgement.burned,
        "mensajes": _messages(document),
    }


def _best(found):
    """The delivery that counts: the accepted one, else the last."""
    return next((one for one in found if one.judgement.code in (1, 4)), found[0])


def status(request):
    issuer, encf = request.ask("rncemisor"), request.ask("ncfelectronico")
    found = request.books.of_number(issuer, encf)
    if not found:
        return 200, {"codigo": 0, "estado": "No encontrado", "rncEmisor": issuer}
    document = _best(found)
    code = document.judgement.code
    get = document.root.findtext
    return 200, {
        "codigo": 1 if code == 4 else code,
        "estado": document.judgement.status,
        "rncEmisor": issuer,
        "ncfElectronico": encf,
        "montoTotal": float(amount(document.root, "Encabezado/Totales/MontoTotal")),
        "totalITBIS": float(amount(document.root, "Encabezado/Totales/TotalITBIS")),
        "fechaEmision": get("Encabezado/Emisor/FechaEmision"),
        "fechaFirma": get("FechaHoraFirma"),
        "rncComprador": get("Encabezado/Comprador/RNCComprador"),
        "codigoSeguridad": get(".//{*}SignatureValue", "")[:6],
        "idExtranjero": get("Encabezado/Comprador/IdentificadorExtranjero"),
    }


def track_ids(request):
    found = request.books.of_number(request.ask("rncemisor"), request.ask("encf"))
    if not found:
        return 404, {"mensaje": "No se encontraron trackids."}
    return 200, [
        {
            "trackId": one.track_id,
            "estado": "En Proceso" if one.polls else one.judgement.status,
            "fechaRecepcion": one.received_at,
        }
        for one in found
        if one.kind == "ecf"
    ]


def summary_status(request):
    issuer, encf = request.ask("RNC_Emisor"), request.ask("ENCF")
    code = request.ask("Cod_Seguridad_eCF")
    found = [
        one
        for one in request.books.of_number(issuer, encf)
        if one.kind == "rfce"
        and one.root.findtext("Encabezado/CodigoSeguridadeCF") == code
    ]
    if not found:
        return 200, {
            "rnc": issuer,
            "encf": encf,
            "codigo": 0,
            "estado": "No encontrado",
        }
    document = _best(found)
    return 200, {
        "rnc": issuer,
        "encf": encf,
        "secuenciaUtilizada": document.judgement.burned,
        "codigo": document.judgement.code,
        "estado": document.judgement.status,
        "mensajes": _messages(document),
    }


def approve(request):
    name, xml = request.file
    request.books.deliveries.append(Delivery("aprobacioncomercial", name, xml))
    root = parse(xml)
    if root is None or root.tag != "ACECF":
        return 400, {"mensaje": ["XML inválido"], "estado": "2", "codigo": "2"}
    problem = request.world.judge.signature(xml)
    detail = "DetalleAprobacionComercial/"
    key = (root.findtext(f"{detail}RNCEmisor"), root.findtext(f"{detail}eNCF"))
    known = key in request.books.accepted or key[0] == tester.RNC
    if not problem:
        problem = "; ".join(request.world.judge.schema(root))
    if not problem and not known:
        problem = "El e-CF no ha sido recibido."
    if problem:
        return 200, {"mensaje": [problem], "estado": "Rechazado", "codigo": "2"}
    request.books.approvals.append(key)
    return 200, {"mensaje": ["Recibida"], "estado": "Aceptado", "codigo": "1"}


def _is_taken(books, issuer, prefix, first, last):
    """Whether a number of a range is used or annulled."""
    return any(
        owner == issuer and encf[:3] == prefix and first <= int(encf[3:]) <= last
        for owner, encf in books.accepted
    ) or any(
        (owner, kind) == (issuer, prefix) and low <= last and first <= high
        for owner, kind, low, high in books.annulled
    )


def annul(request):
    name, xml = request.file
    request.books.deliveries.append(Delivery("anulacionrangos", name, xml))
    root = parse(xml)
    if root is None or root.tag != "ANECF":
        return 400, {"codigo": "2", "mensajes": ["XML inválido"]}
    problem = request.world.judge.signature(xml)
    issuer = root.findtext("Encabezado/RncEmisor")
    ranges = [
        (issuer, first[:3], int(first[3:]), int(last[3:]))
        for first, last in (
            (row.findtext("SecuenciaeNCFDesde"), row.findtext("SecuenciaeNCFHasta"))
            for row in root.iter("Secuencias")
        )
    ]
    if not problem and any(_is_taken(request.books, *one) for one in ranges):
        problem = "Existen secuencias utilizadas o anuladas."
    count = sum(last - first + 1 for _issuer, _prefix, first, last in ranges)
    if not problem and count != int(root.findtext("Encabezado/CantidadeNCFAnulados")):
        problem = "CantidadeNCFAnulados no coincide con el detalle."
    if problem:
        return 400, {"rnc": issuer, "codigo": "2", "mensajes": [problem]}
    request.books.annulled += ranges
    return 200, {
        "rnc": issuer,
        "codigo": "1",
        "nombre": "EMISOR DE PRUEBA",
        "mensajes": ["Anulación recibida"],
    }


def directory(request):
    wanted = request.ask("RNC")
    found = []
    for entry in request.world.settings.directory:
        base = f"{request.origin}/receptor/{entry['rnc']}"
        found.append(
            {
                "nombre": entry.get("nombre", "RECEPTOR"),
                "rnc": entry["rnc"],
                "urlRecepcion": base,
                "urlAceptacion": base,
                "urlOpcional": base if entry.get("autenticacion") else None,
            }
        )
    if not wanted:
        return 200, found
    found = [one for one in found if one["rnc"] == wanted]
    return (200, found) if found else (404, {"mensaje": "No encontrado"})


def service_status(request):
    down = request.world.faults.maintenance
    word = "No Disponible" if down else "Disponible"
    return 200, [
        {"servicio": name, "estatus": word, "ambiente": "TesteCF"}
        for name in ("Autenticación", "Recepción", "Consulta Resultado")
    ]


_ECF, _FC = "/ecf/(?:testecf|certecf|ecf)", "/fc/(?:testecf|certecf|ecf)"
#: What certecf does not offer.
_ECF_ASK, _FC_ASK = "/ecf/(?:testecf|ecf)", "/fc/(?:testecf|ecf)"
_SEED = f"{_ECF}/autenticacion/api/autenticacion"
_RESULT = f"{_ECF}/consultaresultado/api/consultas"
_STATUS = f"{_ECF_ASK}/consultaestado/api/consultas"
_TRACKS = f"{_ECF_ASK}/consultatrackids/api/trackids"
_SUMMARIES = f"{_FC}/recepcionfc/api/recepcion"
_SUMMARY = f"{_FC_ASK}/consultarfce/api/consultas"
_DIRECTORY = f"{_ECF_ASK}/consultadirectorio/api/consultas"
_APPROVAL = f"{_ECF}/aprobacioncomercial/api"
_ANNULMENT = f"{_ECF_ASK}/anulacionrangos/api/operaciones"
#: (pattern of the path in lower case, service, function), by method and token needed
_OPEN_GET = [
    (f"{_SEED}/semilla", "semilla", seed),
    ("/api/estatusservicios/obtenerestatus", "estatusservicios", service_status),
]
_OPEN_POST = [(f"{_SEED}/validarsemilla", "validarsemilla", validate_seed)]
_GET = [
    (f"{_RESULT}/estado", "consultaresultado", result),
    (f"{_STATUS}/estado", "consultaestado", status),
    (f"{_TRACKS}/consulta", "consultatrackids", track_ids),
    (f"{_SUMMARY}/consulta", "consultarfce", summary_status),
    (f"{_DIRECTORY}/listado", "consultadirectorio", directory),
    (f"{_DIRECTORY}/obtenerdirectorioporrnc", "consultadirectorio", directory),
]
_POST = [
    (f"{_ECF}/recepcion/api/facturaselectronicas", "recepcion", receive),
    (f"{_SUMMARIES}/ecf", "recepcionfc", receive_summary),
    (f"{_APPROVAL}/aprobacioncomercial", "aprobacioncomercial", approve),
    (f"{_ANNULMENT}/anularrango", "anulacionrangos", annul),
]
ROUTES = [
    *(("GET", *route, False) for route in _OPEN_GET),
    *(("POST", *route, False) for route in _OPEN_POST),
    *(("GET", *route, True) for route in _GET),
    *(("POST", *route, True) for route in _POST),
    *receiver_routes(seed, validate_seed),
]
_COMPILED = [(one[0], re.compile(one[1]), *one[2:]) for one in ROUTES]


def find(method, path):
    """``(service, function, token needed, rnc)`` of a path in any case, or None."""
    for verb, pattern, service, function, needs_token in _COMPILED:
        match = pattern.fullmatch(path.lower().rstrip("/"))
        if match and verb == method:
            return service, function, needs_token, match.groupdict().get("rnc", "")
    return None
