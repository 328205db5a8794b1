"""Grammar of the Dominican fiscal numbers (NCF, e-NCF) and their types.

A number is its type's prefix (series letter and two digits) followed by the
sequence: 8 digits in series B (NG 06-2018), 10 in series E (Formato e-CF).
It has no check digit: the grammar says only that a number *can* exist.

>>> format_ncf("B02", 160)
'B0200000160'
>>> format_ncf("E31", 1)
'E310000000001'
>>> parse_ncf("b0200000160")
Ncf(prefix='B02', number=160, text='B0200000160')
>>> parse_reference("A010010010100000001").document_type.prefix
'B01'

How a caller may name a type, and what it gets:

>>> [resolve_type(text) for text in ("B02", "02", "e-32", "32", "Consumidor Final")]
['B02', 'B02', 'E32', 'E32', 'B02']

Only a word leaves the series open. A code is never exchanged for another one:

>>> resolve_type("crédito fiscal", electronic=True)
'E31'
>>> resolve_type("B01", electronic=True)
'B01'
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from .document_types import DOCUMENT_TYPES, DocumentType, Series

__all__ = [
    "DOCUMENT_TYPES",
    "DocumentType",
    "Ncf",
    "NcfError",
    "OLD_LAST_DAY",
    "Series",
    "format_ncf",
    "max_sequence",
    "parse_ncf",
    "parse_reference",
    "resolve_type",
    "sequence_digits",
]

_NUMBER = re.compile(r"(B[0-9]{2})([0-9]{8})|(E[0-9]{2})([0-9]{10})")
# Letter, business division (2), point of issue (3), printing area (3), type, sequence.
_OLD_NUMBER = re.compile(r"([AP])[0-9]{8}([0-9]{2})([0-9]{8})")
#: Last day of the numbers of 19 characters (NG 06-2018).
OLD_LAST_DAY = date(2018, 4, 30)
_OLD_CODES = frozenset(("01", "02", "03", "04", "11", "12", "13", "14", "15"))

_BY_CODE = {kind.code: kind for kind in DOCUMENT_TYPES.values()}
# Of the two types a word can mean, it stands for the paper one.
_BY_WORD = {
    word: kind
    for kind in DOCUMENT_TYPES.values()
    if not kind.electronic
    for word in kind.words
}


class NcfError(ValueError):
    """The text names no fiscal number or type; ``code`` says in which way."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Ncf:
    """A well-formed number. ``prefix`` of an old number is its letter and type."""

    prefix: str
    number: int
    text: str

    @property
    def document_type(self) -> DocumentType:
        """The type; an old A or P number has the meaning of its B successor."""
        return DOCUMENT_TYPES.get(self.prefix) or _BY_CODE[self.prefix[1:]]


def _known_type(prefix: str) -> DocumentType:
    try:
        return DOCUMENT_TYPES[prefix]
    except KeyError:
        message = f"{prefix} is not a type of fiscal document."
        raise NcfError("NCF_TYPE", message) from None


def sequence_digits(prefix: str) -> int:
    """Digits of the sequence that follows the prefix."""
    return _known_type(prefix).series.digits


def max_sequence(prefix: str) -> int:
    """The last number the type can write.

    >>> max_sequence("B02")
    99999999
    """
    return 10 ** sequence_digits(prefix) - 1


def format_ncf(prefix: str, number: int) -> str:
    """Write a number; sequences start at 1."""
    last = max_sequence(prefix)
    if number == 0:
        raise NcfError("NCF_ZERO", f"Sequence zero of {prefix} does not exist.")
    if not 0 < number <= last:
        message = f"Sequence {number} of {prefix} is not between 1 and {last}."
        raise NcfError("NCF_FORMAT", message)
    return f"{prefix}{number:0{sequence_digits(prefix)}d}"


def _normal(text: str, expected: str) -> str:
    if not isinstance(text, str):
        raise NcfError("NCF_FORMAT", f"A fiscal number is a text of {expected}.")
    return text.upper()


def _checked(prefix: str, sequence: str, text: str) -> Ncf:
    if not int(sequence):
        raise NcfError("NCF_ZERO", f"{text} has sequence zero, which does not exist.")
    return Ncf(prefix, int(sequence), text)


def parse_ncf(text: str) -> Ncf:
    """Read a number of series B or E; upper-cases it and forgives nothing else."""
    expected = "11 characters (series B) or 13 (series E)"
    text = _normal(text, expected)
    match = _NUMBER.fullmatch(text)
    if not match:
        raise NcfError("NCF_FORMAT", f"{text!r} is not a fiscal number of {expected}.")
    prefix, sequence = (group for group in match.groups() if group)
    return _checked(_known_type(prefix).prefix, sequence, text)


def parse_reference(text: str) -> Ncf:
    """Read the number that a note modifies, or an old one.

    Besides B and E it may have the 19 characters of series A and P, in use
    until 30 April 2018 (Formato e-CF, NCFModificado).
    """
    text = _normal(text, "11, 13 or 19 characters")
    match = _OLD_NUMBER.fullmatch(text)
    if not match:
        return parse_ncf(text)
    letter, code, sequence = match.groups()
    if code not in _OLD_CODES:
        raise NcfError("NCF_TYPE", f"{code} was not a type of series {letter}.")
    return _checked(letter + code, sequence, text)


def is_out_of_use(text: str | None, day: date) -> bool:
    """Whether it is a number of 19 characters on a receipt of after their last day.

    >>> is_out_of_use("A010010010100000001", date(2026, 11, 20))
    True
    >>> is_out_of_use("A010010010100000001", date(2018, 4, 30))
    False
    """
    old = isinstance(text, str) and _OLD_NUMBER.fullmatch(text.upper())
    return bool(old) and day > OLD_LAST_DAY


def resolve_type(text: str, electronic: bool | None = None) -> str:
    """Prefix of the type that a caller names by prefix, code or word.

    Case, accents, spaces and hyphens do not matter; other white space and figures of
    other scripts do. ``electronic`` chooses the series for words only: a code gets its
    own type or a refusal, never another.
    """
    key = unicodedata.normalize("NFD", text if isinstance(text, str) else "")
    key = "".join(char for char in key if not unicodedata.combining(char)).lower()
    key = re.sub(r"[ _-]+", "_", key).strip("_")
    code = key.replace("_", "").upper()
    kind = DOCUMENT_TYPES.get(code) or _BY_CODE.get(code)
    if kind is None and key in _BY_WORD:
        kind = _BY_WORD[key]
        if electronic:
            # None where the electronic series lacks the type (NG 05-2019 art. 11).
            kind = DOCUMENT_TYPES.get(kind.twin)
    if kind is None:
        series = " of the electronic series" if electronic else ""
        message = f"{text!r} is not a type of fiscal document{series}."
        raise NcfError("FISCAL_TYPE", message)
    return kind.prefix
