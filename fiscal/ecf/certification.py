"""DGII's set of test cases, row by row, to documents.

Step 2 of the certification hands the taxpayer a workbook: a row is a document, a
column is an element, ``[n]`` its repetition (``TipoImpuesto[1][2]`` is the second tax
of line 1) and ``#e`` an empty cell. DGII wants each value back as it gave it, so the
texts go into the XML untouched, odd ones too.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache

from .fields import tidy, write_moment
from .table import TYPES, Element, grammar
from .xml import write

_EMPTY = "#e"
_COLUMN = re.compile(r"\s*(\w+?)\s*((?:\[\d+\])*)\s*")
# What the workbook calls otherwise; the name of the case is no element.
_ALIASES = {"numerolineador": "DescuentosORecargos/DescuentoORecargo/NumeroLinea"}
_NOT_ELEMENTS = {"casoprueba"}


class CertificationError(ValueError):
    """A row cannot be made a document; the message says why."""


def rows(cells: Iterable[Sequence]) -> list[dict[str, str]]:
    """Rows of a sheet, the first being the names of the columns, without empty cells.

    >>> rows([("TipoeCF", "Sucursal"), (32, "#e")])
    [{'TipoeCF': '32'}]
    """
    table = iter(cells)
    names = ["" if name is None else str(name).strip() for name in next(table, ())]
    found = []
    for values in table:
        row = {
            name: str(value)
            for name, value in zip(names, values)
            if name and value is not None and str(value).strip() not in ("", _EMPTY)
        }
        if row:
            found.append(row)
    return found


def _leaves(element: Element, path: tuple = (), repeats: int = 0):
    for child in element.children:
        below, times = (*path, child), repeats + (child.most > 1)
        if child.kind is None:
            yield from _leaves(child, below, times)
        else:
            yield child.name.lower(), times, below


@cache
def _columns(document: str) -> dict[tuple[str, int], tuple[Element, ...]]:
    """Elements by name and number of repetitions, which tells apart namesakes."""
    found: dict[tuple[str, int], tuple[Element, ...]] = {}
    for name, repeats, path in _leaves(grammar(document)):
        found.setdefault((name, repeats), path)
        for alias, place in _ALIASES.items():
            if "/".join(element.name for element in path) == place:
                found[alias, repeats] = path
    return found


def _put(tree: dict, path: tuple[Element, ...], places: list[int], value: str) -> None:
    """Set a text deep in a tree of dicts; repetitions are dicts by their number."""
    places = iter(places)
    for element in path[:-1]:
        tree = tree.setdefault(element.name, {})
        if element.most > 1:
            tree = tree.setdefault(next(places), {})
    leaf = path[-1]
    if leaf.most > 1:
        tree.setdefault(leaf.name, {})[next(places)] = value
    else:
        tree[leaf.name] = value


def _listed(tree):
    """The tree with each dict by number made a list."""
    if not isinstance(tree, dict):
        return tree
    if tree and all(isinstance(key, int) for key in tree):
        return [_listed(tree[key]) for key in sorted(tree)]
    return {name: _listed(value) for name, value in tree.items()}


def row_tree(document: str, row: dict[str, str]) -> dict:
    """The tree of a row; CertificationError for a column that is no element of it."""
    columns = _columns(document)
    tree: dict = {}
    for column, value in row.items():
        found = _COLUMN.fullmatch(column)
        name = found[1].lower() if found else ""
        if name in _NOT_ELEMENTS or value.strip() == _EMPTY:
            continue
        places = [int(n) for n in re.findall(r"\d+", found[2])] if found else []
        path = columns.get((name, len(places)))
        if path is None:
            message = f"The column {column!r} is no element of a document {document}."
            raise CertificationError(message)
        _put(tree, path, places, value)
    return tidy(_listed(tree))


def row_to_ecf(row: dict[str, str], signed_at: datetime) -> bytes:
    """The unsigned e-CF of a row of the set."""
    kind = row.get("TipoeCF", "").strip()
    if kind not in TYPES:
        raise CertificationError(f"{kind!r} is no type of e-CF.")
    tree = row_tree(kind, row)
    tree["FechaHoraFirma"] = write_moment(signed_at)
    return write(grammar(kind), tree)


def row_to_rfce(row: dict[str, str], security_code: str) -> bytes:
    """The unsigned summary of a row of the sheet RFCE.

    ``security_code`` is that of the signed e-CF of the same number.
    """
    tree = row_tree("RFCE", row)
    tree.setdefault("Encabezado", {})["CodigoSeguridadeCF"] = security_code
    return write(grammar("RFCE"), tree)


def row_to_acecf(row: dict[str, str]) -> bytes:
    """The unsigned commercial approval of a row of step 3."""
    return write(grammar("ACECF"), row_tree("ACECF", row))


def sending_order(row: dict[str, str]) -> int:
    """Sort key of the e-CF of the set: notes go after what they modify.

    The summaries follow, and then, by hand in the portal, the e-CF they summarise.
    """
    return int(row.get("TipoeCF") in ("33", "34"))
