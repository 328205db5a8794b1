"""Reading what DGII's services answer.

The services answer JSON, or XML to who asks so; names change their case from one to
the next and fields are missing where they have nothing to say. All that is evened
out here: a name is found in any case, what is missing is empty.

>>> read_result(b'{"TRACKID": "a1", "codigo": "1", "estado": "Aceptado"}').code
1

Each ``read_*`` raises ``BadAnswer`` where the answer is of another kind.
"""

import re
from datetime import datetime, timedelta, timezone

from lxml import etree

from .dgii_answers import (
    Acknowledgement,
    Annulment,
    Approval,
    Message,
    Reception,
    Recipient,
    Result,
    ServiceStatus,
    Status,
    Token,
    TrackId,
)
from .dgii_http import BadAnswer, excerpt, load_json

_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?"
)
# Random bytes as text; DGII's are base64.
_SEED_VALUE = re.compile(r"[\x21-\x7e]{1,4096}")
_SEED_SPACES = {"xsi", "xsd"}


def read_fields(body: bytes):
    """An answer in JSON or XML as dicts and lists, names in lower case.

    :raise BadAnswer: it is neither, as the page of a maintenance
    """
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        return _from_xml(parse_xml(text))
    return _lower(load_json(body))


def parse_xml(body: bytes):
    """:raise BadAnswer: not XML, HTML, or with a DOCTYPE"""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadAnswer(f"the answer is no XML: {excerpt(body)}") from error
    if root.getroottree().docinfo.doctype or _name(root) == "html":
        raise BadAnswer(f"the answer is a page: {excerpt(body)}")
    return root


def _name(node):
    return etree.QName(node).localname.lower()


def _from_xml(node):
    children = [child for child in node if isinstance(child.tag, str)]
    if not children:
        return (node.text or "").strip()
    names = {_name(child) for child in children}
    if len(names) == 1 and (len(children) > 1 or _name(node).startswith("arrayof")):
        return [_from_xml(child) for child in children]
    fields = {}
    for child in children:
        value, name = _from_xml(child), _name(child)
        if name in fields:
            known = fields[name]
            value = [*(known if isinstance(known, list) else [known]), value]
        fields[name] = value
    return fields


def _lower(value):
    if isinstance(value, dict):
        return {str(name).lower(): _lower(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_lower(item) for item in value]
    return value


def _object(body):
    fields = read_fields(body)
    if isinstance(fields, list) and len(fields) == 1:
        fields = fields[0]
    if not isinstance(fields, dict):
        raise BadAnswer(f"the answer is no object: {excerpt(body)}")
    return fields


def _objects(body):
    if not body.strip():
        return []
    fields = read_fields(body)
    while isinstance(fields, dict) and len(fields) == 1:
        # a list under a name of its own, as XML has it
        (inner,) = fields.values()
        if not isinstance(inner, dict | list):
            break
        fields = inner
    fields = [fields] if isinstance(fields, dict) else fields
    if fields in ("", None):
        return []
    if not isinstance(fields, list):
        raise BadAnswer(f"the answer is no list: {excerpt(body)}")
    return [item for item in fields if isinstance(item, dict)]


def _text(fields, *names):
    for name in names:
        value = fields.get(name)
        if value not in (None, "") and not isinstance(value, dict | list):
            return str(value).strip()
    return ""


def _code(fields):
    text = _text(fields, "codigo", "codigoestado")
    return int(text) if re.fullmatch("[0-9]{1,4}", text) else None


def _flag(fields, *names):
    text = _text(fields, *names).lower()
    if text in ("true", "1", "si", "sí"):
        return True
    return False if text in ("false", "0", "no") else None


def read_messages(fields: dict) -> tuple[Message, ...]:
    """The messages in any of the forms in which services write them."""
    found = fields.get("mensajes") or fields.get("mensaje") or fields.get("error")
    if isinstance(found, dict) and not {"valor", "codigo"} & set(found):
        found = [part for value in found.values() for part in _as_list(value)]
    messages = []
    for item in _as_list(found):
        if isinstance(item, dict):
            message = Message(
                _text(item, "codigo", "code"),
                _text(item, "valor", "mensaje", "descripcion", "message"),
            )
        else:
            message = Message("", str(item).strip())
        # services fill the list with empty entries when all is well
        if message.text or message.code not in ("", "0"):
            messages.append(message)
    return tuple(messages)


def _as_list(value):
    if value in (None, ""):
        return []
    return value if isinstance(value, list) else [value]


def read_moment(text: str) -> datetime | None:
    """A moment of DGII; one without zone is taken for UTC.

    >>> read_moment("2026-11-20T15:00:00.1234567Z").isoformat()
    '2026-11-20T15:00:00+00:00'
    """
    found = _MOMENT.match(text.strip())
    if not found:
        return None
    day, clock, zone = found.groups()
    zone = "+00:00" if zone in (None, "Z") else zone
    if ":" not in zone:
        zone = f"{zone[:3]}:{zone[3:]}"
    try:
        return datetime.fromisoformat(f"{day}T{clock}{zone}").astimezone(timezone.utc)
    except ValueError:
        return None


def read_seed(body: bytes) -> str:
    """The value of a seed (Semilla v.1.0): two elements of text and nothing else.

    It is signed in our name, so it may say no more than a seed says.
    """
    root = parse_xml(body)
    plain = not root.attrib and not any(len(child) or child.attrib for child in root)
    names = [root.tag, *(child.tag for child in root)]
    known = set(root.nsmap) <= _SEED_SPACES
    if not (plain and known and names == ["SemillaModel", "valor", "fecha"]):
        raise BadAnswer(f"this is no seed: {excerpt(body)}")
    value, moment = (root.findtext(name) or "" for name in ("valor", "fecha"))
    if not (_SEED_VALUE.fullmatch(value.strip()) and _MOMENT.fullmatch(moment.strip())):
        raise BadAnswer(f"this is no seed: {excerpt(body)}")
    return value.strip()


def read_token(body: bytes, asked_at: datetime) -> Token:
    """The token of an authentication.

    It lasts as long as DGII says between issue and end, counted by our own clock from
    when it was asked for: their clock and ours need not agree.
    """
    fields = _object(body)
    value = _text(fields, "token")
    if not value:
        raise BadAnswer("the answer has no token")
    issued = read_moment(_text(fields, "expedido"))
    ends = read_moment(_text(fields, "expira"))
    hour = timedelta(hours=1)
    lasts = ends - issued if issued and ends and ends > issued else hour
    return Token(value, asked_at + min(lasts, hour))


def read_reception(body: bytes) -> tuple[Reception | None, tuple[Message, ...]]:
    """The reception, or None with what DGII says against it."""
    fields = _object(body)
    track_id = _text(fields, "trackid")
    error, message = _text(fields, "error"), _text(fields, "mensaje")
    if track_id:
        return Reception(track_id, message or error), ()
    if not error and not message and not read_messages(fields):
        raise BadAnswer("the answer has neither a trackId nor an error")
    texts = [Message("", text) for text in (error, message) if text]
    return None, tuple(texts) or read_messages(fields)


def read_result(body: bytes) -> Result:
    fields = _object(body)
    result = Result(
        code=_code(fields),
        status=_text(fields, "estado"),
        sequence_used=_flag(fields, "secuenciautilizada"),
        messages=read_messages(fields),
        track_id=_text(fields, "trackid"),
        rnc=_text(fields, "rnc", "rncemisor"),
        encf=_text(fields, "encf", "ncfelectronico"),
        received_at=_text(fields, "fecharecepcion"),
    )
    if result.code is None and not result.status:
        raise BadAnswer("the answer has no state")
    return result


def read_status(body: bytes) -> Status:
    fields = _object(body)
    status = Status(
        code=_code(fields),
        status=_text(fields, "estado"),
        issuer=_text(fields, "rncemisor", "rncemiso", "rnc"),
        encf=_text(fields, "ncfelectronico", "encf"),
        total=_text(fields, "montototal"),
        itbis=_text(fields, "totalitbis"),
        issued_on=_text(fields, "fechaemision"),
        signed_at=_text(fields, "fechafirma"),
        buyer=_text(fields, "rnccomprador"),
        security_code=_text(fields, "codigoseguridad"),
        foreign_id=_text(fields, "idextranjero"),
        sequence_used=_flag(fields, "secuenciautilizada"),
        messages=read_messages(fields),
    )
    if status.code is None and not status.status:
        raise BadAnswer("the answer has no state")
    return status


def read_track_ids(body: bytes) -> tuple[TrackId, ...]:
    return tuple(
        TrackId(
            _text(item, "trackid"),
            _text(item, "estado"),
            _text(item, "fecharecepcion"),
        )
        for item in _objects(body)
        if _text(item, "trackid")
    )


def read_approval(body: bytes) -> Approval:
    fields = _object(body)
    status = _text(fields, "estado")
    # some editions carry the 1 or 2 in the state and something else in the code
    code = int(status) if status in ("1", "2") else _code(fields)
    if code is None and not status:
        raise BadAnswer("the answer has no state")
    return Approval(code, status, read_messages(fields))


def read_annulment(body: bytes) -> Annulment:
    fields = _object(body)
    code = _text(fields, "codigo")
    messages = read_messages(fields)
    if not code and not messages:
        raise BadAnswer("the answer has no code")
    return Annulment(_text(fields, "rnc"), code, _text(fields, "nombre"), messages)


def read_directory(body: bytes) -> tuple[Recipient, ...]:
    return tuple(
        Recipient(
            name=_text(item, "nombre"),
            rnc=re.sub("[^0-9]", "", _text(item, "rnc")),
            reception_url=_text(item, "urlrecepcion"),
            approval_url=_text(item, "urlaceptacion"),
            authentication_url=_text(item, "urlopcional"),
        )
        for item in _objects(body)
        if _text(item, "rnc")
    )


def read_service_status(body: bytes) -> tuple[ServiceStatus, ...]:
    return tuple(
        ServiceStatus(
            _text(item, "servicio", "nombre"),
            _text(item, "estatus", "estado"),
            _text(item, "ambiente"),
        )
        for item in _objects(body)
    )


def read_acknowledgement(body: bytes) -> Acknowledgement:
    root = parse_xml(body)
    if _name(root) != "arecf":
        raise BadAnswer("the answer is no ARECF")
    fields = _from_xml(root)
    fields = fields.get("detalleacusederecibo") if isinstance(fields, dict) else None
    if not isinstance(fields, dict) or _text(fields, "estado") not in ("0", "1"):
        raise BadAnswer("the ARECF does not say whether the document was received")
    return Acknowledgement(
        received=_text(fields, "estado") == "0",
        reason=_text(fields, "codigomotivonorecibido"),
        issuer=_text(fields, "rncemisor"),
        buyer=_text(fields, "rnccomprador"),
        encf=_text(fields, "encf"),
        at=_text(fields, "fechahoraacuserecibo"),
        body=body,
    )
