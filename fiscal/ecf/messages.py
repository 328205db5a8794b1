"""The small documents around an e-CF: annulment, receipt, commercial approval.

Each is described by a dataclass and written unsigned by its builder; the receiver's
two (ARECF, ACECF) may also come from others and are read by ``parse_arecf`` and
``parse_acecf``.
"""

from dataclasses import MISSING, dataclass
from datetime import date, datetime
from decimal import Decimal

from . import fields as el
from .fields import ReadError, from_tree, tidy, to_tree, write_moment
from .table import grammar
from .xml import read, write

#: Estado of an ARECF, and the reasons of a document not received.
RECEIVED, NOT_RECEIVED = 0, 1
SPECIFICATION_ERROR, SIGNATURE_ERROR, SENT_TWICE, NOT_FOR_US = 1, 2, 3, 4
#: Estado of an ACECF.
APPROVED, REFUSED = 1, 2

_RECEIPT = "DetalleAcusedeRecibo/"
_APPROVAL = "DetalleAprobacionComercial/"


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """ARECF: the receiver's answer to an e-CF, in the same HTTP call.

    ``status`` is RECEIVED or NOT_RECEIVED, ``reason`` why not. ``issuer`` and
    ``buyer`` are those of the e-CF.
    """

    version: str = el.text(_RECEIPT + "Version", "1.0")
    issuer: str = el.text(_RECEIPT + "RNCEmisor", MISSING)
    buyer: str = el.text(_RECEIPT + "RNCComprador", MISSING)
    encf: str = el.text(_RECEIPT + "eNCF", MISSING)
    status: int = el.number(_RECEIPT + "Estado", RECEIVED)
    reason: int | None = el.number(_RECEIPT + "CodigoMotivoNoRecibido")
    moment: datetime = el.moment(_RECEIPT + "FechaHoraAcuseRecibo", MISSING)


@dataclass(frozen=True, kw_only=True)
class Approval:
    """ACECF: the buyer approves or refuses an e-CF, to DGII and to its issuer."""

    version: str = el.text(_APPROVAL + "Version", "1.0")
    issuer: str = el.text(_APPROVAL + "RNCEmisor", MISSING)
    encf: str = el.text(_APPROVAL + "eNCF", MISSING)
    issue_date: date = el.day(_APPROVAL + "FechaEmision", MISSING)
    total: Decimal = el.amount(_APPROVAL + "MontoTotal", MISSING)
    buyer: str = el.text(_APPROVAL + "RNCComprador", MISSING)
    status: int = el.number(_APPROVAL + "Estado", APPROVED)
    reason: str | None = el.text(_APPROVAL + "DetalleMotivoRechazo")
    moment: datetime = el.moment(_APPROVAL + "FechaHoraAprobacionComercial", MISSING)


@dataclass(frozen=True, kw_only=True)
class Annulment:
    """ANECF: numbers that were authorised and will never be used.

    ``ranges`` are pairs of e-NCF, first and last, equal for a single number; those
    of one type go together.
    """

    issuer: str
    ranges: tuple[tuple[str, str], ...]
    moment: datetime


def count(first: str, last: str) -> int:
    """How many numbers a range holds; zero or less for a range upside down.

    >>> count("E320000000001", "E320000000010")
    10
    """
    return int(last[3:]) - int(first[3:]) + 1


def build_arecf(receipt: Receipt) -> bytes:
    return write(grammar("ARECF"), to_tree(receipt))


def build_acecf(approval: Approval) -> bytes:
    return write(grammar("ACECF"), to_tree(approval))


def build_anecf(annulment: Annulment) -> bytes:
    by_type: dict[str, list[tuple[str, str]]] = {}
    for first, last in annulment.ranges:
        by_type.setdefault(first[1:3], []).append((first, last))
    lines = [
        {
            "NoLinea": str(place),
            "TipoeCF": kind,
            "TablaRangoSecuenciasAnuladaseNCF": {
                "Secuencias": [
                    {"SecuenciaeNCFDesde": first, "SecuenciaeNCFHasta": last}
                    for first, last in ranges
                ]
            },
            "CantidadeNCFAnulados": str(sum(count(*pair) for pair in ranges)),
        }
        for place, (kind, ranges) in enumerate(by_type.items(), 1)
    ]
    header = {
        "Version": "1.0",
        "RncEmisor": annulment.issuer,
        "CantidadeNCFAnulados": str(sum(count(*pair) for pair in annulment.ranges)),
        "FechaHoraAnulacioneNCF": write_moment(annulment.moment),
    }
    tree = {"Encabezado": header, "DetalleAnulacion": {"Anulacion": lines}}
    return write(grammar("ANECF"), tidy(tree))


def _parse(xml, root: str, of):
    name, tree = read(xml)
    if name != root:
        raise ReadError(name, f"is no {root}")
    return from_tree(of, tree)


def parse_arecf(xml) -> Receipt:
    """A receipt, signed or not; ReadError where it is none."""
    return _parse(xml, "ARECF", Receipt)


def parse_acecf(xml) -> Approval:
    """A commercial approval, signed or not; ReadError where it is none."""
    return _parse(xml, "ACECF", Approval)
