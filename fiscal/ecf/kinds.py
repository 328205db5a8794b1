"""Forms of a value: what text an element of an e-CF may hold.

A kind is written as the table writes it, with its argument after a colon:

>>> kind("text:80").fault("x" * 81)
Fault(code='too_long', detail='80')
>>> kind("amount").fault("12.5"), kind("amount").fault("12,5").code
(None, 'not_amount')
>>> kind("int:1,2,3").fault("4")
Fault(code='not_listed', detail='1, 2, 3')

They are the forms of DGII's schemas read strictly: a point is a point, a day exists
in the calendar, an optional value is absent and never empty.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import NamedTuple


class Fault(NamedTuple):
    """Why a text does not do: a code of ``problems`` and what its message needs."""

    code: str
    detail: str = ""


class Kind(NamedTuple):
    """``fault(text)`` is None where the text does."""

    name: str
    fault: Callable[[str], Fault | None]


# XML 1.0 has no way to write these, whatever the encoding.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

_BREAKS = re.compile(r"\s*[\t\r\n\x85\u2028\u2029]\s*")

# Of the schemas: a word character there is a letter or digit, never "_".
_W = r"[^\W_]+"
_LETTERS = "a-zA-ZñÑáéíóúÁÉÍÓÚ"
# White space of XML Schema: no-break and other spaces of Unicode are none there.
_SPACE = r" \t\n\r"

_PATTERNS = {
    "rnc": (r"[0-9]{11}|[0-9]{9}", "not_rnc"),
    "encf": (r"E[0-9]{12}", "not_encf"),
    # 11 in series B, 13 in series E, 19 before May 2018 (Formato e-CF note 79).
    "ncf": (r"[A-Z0-9]{11}|[A-Z0-9]{13}|[A-Z0-9]{19}", "not_ncf"),
    "security": (r"[^\s]{6}", "not_security"),
    "phone": (r"[0-9]{3}-[0-9]{3}-[0-9]{4}", "not_phone"),
    "email": (rf"(?=.{{1,80}}\Z){_W}([-+.]{_W})*@{_W}([-.]{_W})*\.{_W}([-.]{_W})*",
              "not_email"),
    # Tabla III: province, municipality, district; 32 provinces.
    "place": (r"(0[1-9]|[12][0-9]|3[0-2])[0-9]{4}", "not_place"),
    "tax": (r"0(0[1-9]|[12][0-9]|3[0-9])", "not_tax"),
    "unit": (r"[1-9]|[1-5][0-9]|6[0-2]", "not_unit"),
    "currency": ("BRL|CAD|CHF|CHY|XDR|DKK|EUR|GBP|JPY|NOK|SCP|SEK|USD|VEF|HTG|MXN|COP",
                 "not_currency"),
}  # fmt: skip
_PATTERNS_OF_LENGTH = {
    "digits": ("[0-9]{{1,{0}}}", "not_digits"),
    "letters": (rf"[{_LETTERS},{_SPACE}]{{{{1,{{0}}}}}}", "not_letters"),
    "words": (rf"(?:[^\W_]|[{_SPACE}]){{{{1,{{0}}}}}}", "not_words"),
    "nodigits": (rf"(?=[\s\S]{{{{1,{{0}}}}}}\Z)\D[^0-9]+[{_LETTERS}]", "not_letters"),
}
# Name: (pattern, greater than zero)
_WHOLE = "[0-9]{1,16}"
_AMOUNTS = {
    "amount": (rf"{_WHOLE}(\.[0-9]{{1,2}})?", False),
    "amount+": (rf"{_WHOLE}(\.[0-9]{{1,2}})?", True),
    # Two decimals or none: so the summary (RFCE).
    "amount2": (rf"{_WHOLE}(\.[0-9]{{2}})?", False),
    "amount2+": (rf"{_WHOLE}(\.[0-9]{{2}})?", True),
    # Two decimals always: so the commercial approval (ACECF).
    "exact": (rf"{_WHOLE}\.[0-9]{{2}}", False),
    "signed": (rf"[+-]?{_WHOLE}(\.[0-9]{{1,2}})?", False),
    "signed2": (rf"[+-]?{_WHOLE}(\.[0-9]{{2}})?", False),
    "price": (rf"{_WHOLE}(\.[0-9]{{1,4}})?", False),
    "weight": (rf"{_WHOLE}(\.[0-9]{{1,3}})?", False),
    "percent": (r"[0-9]{1,3}(\.[0-9]{1,2})?", True),
    "rate": (r"[0-9]{1,3}(\.[0-9]{1,4})?", True),
}
_DATE = r"(0[1-9]|[12][0-9]|3[01])-(0[1-9]|1[0-2])-((?:19|20)[0-9]{2})"
_TIME = r" ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"


def _by_pattern(pattern: str, code: str, detail: str = ""):
    matches, fault = re.compile(pattern).fullmatch, Fault(code, detail)
    return lambda text: None if matches(text) else fault


def _by_text(longest: str):
    limit, too_long = int(longest), Fault("too_long", longest)

    def fault(text):
        if len(text) > limit:
            return too_long
        return Fault("control") if _CONTROL.search(text) else None

    return fault


def _by_amount(pattern: str, positive: bool):
    matches = re.compile(pattern).fullmatch

    def fault(text):
        if not matches(text):
            return Fault("not_amount")
        return Fault("not_positive") if positive and not Decimal(text) else None

    return fault


def _by_date(pattern: str, code: str):
    matches, wrong = re.compile(pattern).fullmatch, Fault(code)

    def fault(text):
        found = matches(text)
        if not found:
            return wrong
        try:
            date(int(found[3]), int(found[2]), int(found[1]))
        except ValueError:
            return wrong
        return None

    return fault


def _by_range(lowest: int, highest: str):
    limit = int(highest)
    digits = re.compile(rf"[0-9]{{1,{len(highest)}}}").fullmatch
    fault = Fault("not_between", f"{lowest} and {highest}")
    return lambda t: None if digits(t) and lowest <= int(t) <= limit else fault


def _by_list(values: str):
    allowed, fault = frozenset(values.split(",")), Fault("not_listed")
    fault = fault._replace(detail=values.replace(",", ", "))
    return lambda text: None if text in allowed else fault


def _check(word: str, argument: str):
    if word in _PATTERNS:
        return _by_pattern(*_PATTERNS[word])
    if word in _AMOUNTS:
        return _by_amount(*_AMOUNTS[word])
    if word in _PATTERNS_OF_LENGTH:
        pattern, code = _PATTERNS_OF_LENGTH[word]
        return _by_pattern(pattern.format(argument), code, argument)
    makers = {
        "text": lambda: _by_text(argument),
        "int": lambda: _by_list(argument),
        "code": lambda: _by_list(argument),
        "from1": lambda: _by_range(1, argument),
        "from2": lambda: _by_range(2, argument),
        "date": lambda: _by_date(_DATE, "not_date"),
        "moment": lambda: _by_date(_DATE + _TIME, "not_moment"),
    }
    return makers[word]()


@cache
def kind(name: str) -> Kind:
    """The kind of that name; KeyError for a name that the table has no right to use."""
    check = _check(*name.partition(":")[::2])
    empty = Fault("empty")
    return Kind(name, lambda text: check(text) if text else empty)


@lru_cache(maxsize=256)
def fits(name: str, text: str) -> bool:
    """Whether a text is of the kind.

    >>> fits("email", "ventas@nu.do"), fits("email", "juan_perez@nu.do")
    (True, False)
    """
    return kind(name).fault(text) is None


def clean(text: str) -> str:
    """The text as an e-CF may carry it: one line, no control characters.

    >>> clean("  Mofongo\\n de\\x00 camarones ")
    'Mofongo de camarones'
    """
    # Nearly every text is printable, and then has nothing of this.
    if not text.isprintable():
        text = _CONTROL.sub("", _BREAKS.sub(" ", text))
    return text.strip()
