"""The one table of elements of the e-CF and its companions.

Each line of ``HEADER``, ``BODY`` and the other documents is an element; its depth is
its place. The columns are

* the name, as DGII writes it;
* the duty, one figure for each type of ``TYPES`` in that order, in the code of the
  Formato e-CF: 1 required, 2 conditional (``rules`` has the condition), 3 optional,
  0 not allowed;
* the kind of its text (``kinds``), for an element without children;
* ``*n``, how often it may repeat; ``*n/m`` where m is for the notes, 33 and 34.

An element has two lines where its kind differs between types. The builder writes in
the order of the table and the validator reads by it.

>>> grammar("32").path("Encabezado/IdDoc/TipoIngresos").required
True
>>> grammar("41").path("Encabezado/IdDoc/TipoIngresos") is None
True
"""

from functools import cache

from .kinds import Kind, kind
from .table_body import BODY
from .table_header import HEADER
from .table_others import ACECF, ANECF, ARECF, RFCE

#: Types of e-CF, in the order of the columns of duty.
TYPES = ("31", "32", "33", "34", "41", "43", "44", "45", "46", "47")
_NOTES = ("33", "34")
_OTHERS = {"RFCE": RFCE, "ANECF": ANECF, "ARECF": ARECF, "ACECF": ACECF}


class _Index(dict):
    """A child and its place by name; a stranger comes last and holds strangers only."""

    def __missing__(self, name: str):
        return len(self), _STRANGER


class Element:
    """What one type of document says of one element.

    ``kind`` is None for an element with children; ``most`` is how often it may
    stand; ``index`` finds a child and its place by name; ``needed`` are the names of
    the children that must be there.
    """

    __slots__ = ("name", "duty", "kind", "most", "children", "index", "needed")

    def __init__(self, name: str, duty: str, kind: Kind | None, most: int):
        self.name, self.duty, self.kind, self.most = name, duty, kind, most
        self.children: list[Element] = []
        self.index: dict[str, tuple[int, Element]] = _Index()
        self.needed: list[str] = []

    @property
    def required(self) -> bool:
        return self.duty == "1"

    def add(self, child: "Element") -> None:
        self.index[child.name] = (len(self.children), child)
        self.children.append(child)
        if child.required:
            self.needed.append(child.name)

    def path(self, path: str) -> "Element | None":
        """The element below this one at ``a/b/c``; None where it is not allowed."""
        element = self
        for name in path.split("/"):
            if name not in element.index:
                return None
            element = element.index[name][1]
        return element


# At most none of it: wherever it stands, it does not belong there.
_STRANGER = Element("", "0", None, 0)


def _read(line: str, column: int, note: bool) -> tuple[int, Element]:
    depth = (len(line) - len(line.lstrip())) // 2
    name, duties, *rest = line.split()
    most, of = 1, None
    for word in rest:
        if word.startswith("*"):
            limits = word[1:].split("/")
            most = int(limits[-1 if note else 0])
        else:
            of = kind(word)
    return depth, Element(name, duties[column], of, most)


@cache
def grammar(document: str) -> Element:
    """Root element of a document: a type of e-CF (``"31"``), or ``"RFCE"`` etc.

    Raises KeyError for a document that does not exist.
    """
    if document in _OTHERS:
        text, column = _OTHERS[document], 0
    elif document in TYPES:
        text, column = HEADER.rstrip() + BODY, TYPES.index(document)
    else:
        raise KeyError(document)
    lines = text.strip().splitlines()
    root = _read(lines[0], column, False)[1]
    parents: list[Element | None] = [root]
    for line in lines[1:]:
        depth, element = _read(line, column, document in _NOTES)
        del parents[depth:]
        # What is not allowed takes its children along.
        allowed = element.duty != "0" and parents[-1] is not None
        if allowed:
            parents[-1].add(element)
        parents.append(element if allowed else None)
    return root
