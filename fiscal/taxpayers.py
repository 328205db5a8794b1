"""DGII's public list of taxpayers (padrón), in the two forms it is published in.

* ``DGII_RNC.TXT``: eleven columns between pipes, no header: RNC, name, trade name,
  activity, street, number, sector, telephone, start (dd/mm/aaaa), state, payment regime
* ``RNC_CONTRIBUYENTES.csv``: six columns between commas, a header that begins with RNC:
  RNC, name, activity, start, state, payment regime

Both come in a zip too, mostly in Windows-1252, about 750,000 lines. A line that is not
right is counted and passed over; a file that is broken is refused as a whole.

>>> found = parse_line("131246796|EL  CONUCO SRL||REST| | | | |01/02/2015|ACTIVO|RST ")
>>> found.name, found.start, found.state, found.regime
('EL CONUCO SRL', '2015-02-01', 'ACTIVO', 'RST')
>>> parse_line("131246796|EL CONUCO|ACTIVO")
'columns'
>>> search_key("Peña & Núñez, S.R.L.")
'PENA NUNEZ SRL'
"""

import codecs
import csv
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from typing import BinaryIO, NamedTuple

#: The state of a taxpayer in good standing; any other deserves a warning.
ACTIVE = "ACTIVO"
#: Greatest size of the list inside a zip: ten times what DGII publishes.
MOST_BYTES = 2**30
_RNC = re.compile("[0-9]{9}|[0-9]{11}")
_DATE = re.compile("([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_HEADER = re.compile('"?RNC"?,', re.IGNORECASE)
# Read to tell the encoding: enough names with accents to be sure.
_HEAD = 2**20
_PIPE_COLUMNS, _COMMA_COLUMNS = 11, 6
# Marks inside names that people leave out: they vanish. Others part words.
_VANISH = str.maketrans("", "", ".'`´’\"")
_WORDS = re.compile(r"[^0-9A-Z]+")


class BrokenFile(ValueError):
    """The file is no list of taxpayers, or not all of it is there.

    ``code``: ``zip``, ``member``, ``size``, ``truncated`` or ``empty``.
    """

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


class Taxpayer(NamedTuple):
    """A line. ``start`` is ISO, None where it is blank or no date."""

    rnc: str
    name: str
    trade_name: str | None
    activity: str | None
    start: str | None
    state: str
    regime: str | None


class BadLine(NamedTuple):
    """``reason``: ``columns``, ``rnc`` or ``name``."""

    number: int
    reason: str
    text: str


class Chunk(NamedTuple):
    """Some lines. ``last`` is the number of the last one read, header included;
    ``taxpayers`` are ``(line number, Taxpayer)``."""

    last: int
    taxpayers: list[tuple[int, Taxpayer]]
    bad: list[BadLine]


@lru_cache(maxsize=65536)
def _iso(text):
    match = _DATE.match(text)
    if not match:
        return None
    try:
        return date(int(match[3]), int(match[2]), int(match[1])).isoformat()
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _short(text):
    """Texts that come again and again: states, regimes, activities."""
    return " ".join(text.split()) or None


def search_key(text: str | None) -> str | None:
    """A name as it is looked up: capitals, no accents, no marks.

    >>> search_key("D'Carlo  (Piantini)"), search_key("  "), search_key(None)
    ('DCARLO PIANTINI', None, None)
    """
    if not text:
        return None
    if not text.isascii():
        text = "".join(
            char
            for char in unicodedata.normalize("NFKD", text.translate(_VANISH))
            if not unicodedata.combining(char)
        )
    return _WORDS.sub(" ", text.translate(_VANISH).upper()).strip() or None


def _build(rnc, name, trade_name, activity, start, state, regime):
    rnc = rnc.strip()
    if not _RNC.fullmatch(rnc):
        return "rnc"
    name = " ".join(name.split())
    if not name:
        return "name"
    return Taxpayer(
        rnc,
        name,
        " ".join(trade_name.split()) or None,
        _short(activity),
        _iso(start.strip()),
        (_short(state) or "").upper(),
        _short(regime),
    )


def parse_line(line: str) -> Taxpayer | str:
    """A line between pipes; what is wrong with it, in a word, if it is not right."""
    texts = line.replace("\x00", "").split("|")
    if len(texts) != _PIPE_COLUMNS:
        return "columns"
    rnc, name, trade_name, activity = texts[:4]
    return _build(rnc, name, trade_name, activity, *texts[8:])


def parse_csv_line(line: str) -> Taxpayer | str:
    """A line between commas.

    >>> parse_csv_line('"131246796","EL CONUCO, SRL","REST","","SUSPENDIDO","RST"').name
    'EL CONUCO, SRL'
    """
    try:
        [texts] = csv.reader([line.replace("\x00", "").rstrip("\r\n")])
    except (csv.Error, ValueError):
        return "columns"
    if len(texts) != _COMMA_COLUMNS:
        return "columns"
    rnc, name, activity, start, state, regime = texts
    return _build(rnc, name, "", activity, start, state, regime)


# -- The file --------------------------------------------------------------------------


def _encoding(head: bytes) -> str:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    try:
        # The head may end inside a character.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    # Plain ASCII so far tells nothing of what follows.
    return "cp1252" if head.isascii() else "utf-8"


@contextmanager
def _member(stream: BinaryIO) -> Iterator[BinaryIO]:
    """The list itself: the stream, or the greatest text in it if it is a zip."""
    stream.seek(0)
    signature = stream.read(4)
    stream.seek(0)
    if not signature.startswith(b"PK"):
        yield stream
        return
    with zipfile.ZipFile(stream) as archive:
        texts = [
            info
            for info in archive.infolist()
            if info.filename.lower().endswith((".txt", ".csv"))
        ]
        if not texts:
            raise BrokenFile("member", "The zip holds no .txt or .csv.")
        info = max(texts, key=lambda item: item.file_size)
        if info.file_size > MOST_BYTES:
            message = f"{info.filename} would have {info.file_size} bytes."
            raise BrokenFile("size", message)
        with archive.open(info) as member:
            yield member


def _lines(stream, encoding):
    # Only a line feed ends a line: names may hold other separators.
    return io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="\n")


def _no_lines_longer(text):
    """Lines of a text; a line of a megabyte shows that it is none."""
    while line := text.readline(_HEAD):
        if len(line) >= _HEAD:
            raise BrokenFile("member", "The file is no text of lines.")
        yield line


def read_chunks(stream: BinaryIO, size: int = 50_000, skip: int = 0) -> Iterator[Chunk]:
    """The list in chunks of ``size`` lines, from behind line ``skip`` on.

    Memory does not grow with the file. ``stream`` must be seekable.

    :raise BrokenFile: when it turns out that the file is broken, which may be at its
        very end: use nothing of it before
    """
    try:
        yield from _read_chunks(stream, size, skip)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise BrokenFile("zip", f"The zip is broken: {error}") from error
    except RuntimeError as error:
        # how zipfile refuses a zip with a password
        raise BrokenFile("zip", f"The zip cannot be read: {error}") from error


def _read_chunks(stream, size, skip):
    with _member(stream) as member:
        head = member.read(_HEAD)
    encoding = _encoding(head)
    first = head[:200].decode(encoding, errors="replace")
    comma = bool(_HEADER.match(first))
    parse = parse_csv_line if comma else parse_line
    number, good, line, last_bad = 0, 0, "", 0
    taxpayers, bad = [], []
    with _member(stream) as member:
        for number, line in enumerate(_no_lines_longer(_lines(member, encoding)), 1):
            if number <= skip or (comma and number == 1) or not line.strip():
                continue
            found = parse(line)
            if isinstance(found, str):
                bad.append(BadLine(number, found, line[:120].rstrip()))
                last_bad = number
            else:
                taxpayers.append((number, found))
            if number % size == 0:
                good += len(taxpayers)
                yield Chunk(number, taxpayers, bad)
                taxpayers, bad = [], []
    if last_bad and last_bad == number and not line.endswith("\n"):
        message = f"The file ends in the middle of line {number}."
        raise BrokenFile("truncated", message)
    if not good and not taxpayers and not skip:
        raise BrokenFile("empty", "The file names no taxpayer.")
    yield Chunk(number, taxpayers, bad)
