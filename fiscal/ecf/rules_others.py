"""Rules of the documents beside the e-CF: RFCE, ANECF, ARECF and ACECF.

Each takes the tree of a document that the table has passed.
"""

from collections.abc import Iterator

from .build import is_summarised
from .description import Document
from .fields import from_tree, write_amount
from .messages import NOT_RECEIVED, REFUSED, Approval, Receipt, count
from .problems import Problem
from .rules_totals import header_sums


def _rfce(tree: dict) -> Iterator[Problem]:
    document = from_tree(Document, tree)
    if document.encf[1:3] != document.kind:
        values = (document.encf, document.kind)
        yield Problem("wrong_type", "Encabezado/IdDoc/eNCF", values)
    if not is_summarised(document):
        total = write_amount(document.totals.total)
        yield Problem("not_summarised", "Encabezado/Totales/MontoTotal", (total,))
    yield from header_sums(document)


def _arecf(tree: dict) -> Iterator[Problem]:
    receipt = from_tree(Receipt, tree)
    path = "DetalleAcusedeRecibo/CodigoMotivoNoRecibido"
    refused = receipt.status == NOT_RECEIVED
    if refused != (receipt.reason is not None):
        yield Problem("reason_missing" if refused else "reason_extra", path)


def _acecf(tree: dict) -> Iterator[Problem]:
    approval = from_tree(Approval, tree)
    path = "DetalleAprobacionComercial/DetalleMotivoRechazo"
    refused = approval.status == REFUSED
    if refused != (approval.reason is not None):
        yield Problem("reason_missing" if refused else "reason_extra", path)


def _listed(held) -> list:
    return held if isinstance(held, list) else [held]


def _anecf(tree: dict) -> Iterator[Problem]:
    whole = 0
    for place, line in enumerate(_listed(tree["DetalleAnulacion"]["Anulacion"]), 1):
        path = f"DetalleAnulacion/Anulacion[{place}]/"
        held = 0
        for pair in _listed(line["TablaRangoSecuenciasAnuladaseNCF"]["Secuencias"]):
            first, last = pair["SecuenciaeNCFDesde"], pair["SecuenciaeNCFHasta"]
            if not first[1:3] == last[1:3] == line["TipoeCF"] or first > last:
                yield Problem("annulment_range", path + "Secuencias", (first, last))
            held += count(first, last)
        if int(line["CantidadeNCFAnulados"]) != held:
            values = (line["CantidadeNCFAnulados"], str(held))
            yield Problem("annulment_count", path + "CantidadeNCFAnulados", values)
        whole += held
    given = tree["Encabezado"]["CantidadeNCFAnulados"]
    if int(given) != whole:
        path = "Encabezado/CantidadeNCFAnulados"
        yield Problem("annulment_count", path, (given, str(whole)))


_RULES = {"RFCE": _rfce, "ANECF": _anecf, "ARECF": _arecf, "ACECF": _acecf}


def message_problems(document: str, tree: dict) -> list[Problem]:
    """All that the rules have against a document beside the e-CF."""
    return list(_RULES[document](tree))
