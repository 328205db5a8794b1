"""Who the buyer is: RNC, cedula, and when a document must name them.

>>> check_tax_id("1-31-24679-6")
TaxId(digits='131246796', kind='rnc', check_digit_ok=True)
>>> check_tax_id("001-1391820-4")
TaxId(digits='00113918204', kind='cedula', check_digit_ok=False)
>>> format_tax_id("131246796"), format_tax_id("00113918205")
('1-31-24679-6', '001-1391820-5')

The check digit never refuses: DGII has issued numbers that break the rule.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from stdnum.do import cedula, rnc

# Formato e-CF, pattern of RNCComprador: 9 digits are an RNC, 11 a cedula.
_TAX_ID = re.compile(r"[0-9]{9}|[0-9]{11}")
_FORMS = {"rnc": rnc, "cedula": cedula}
# Formato e-CF field 39, IdentificadorExtranjero.
_FOREIGN_ID_LENGTH = 20

RNC_REQUIRED = "RNC_REQUIRED"
RNC_INVALID = "RNC_INVALID"


class TaxIdError(ValueError):
    """The text is neither an RNC nor a cedula."""

    def __init__(self, message: str, code: str = RNC_INVALID):
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class TaxId:
    """``kind`` is ``rnc`` or ``cedula``; a wrong check digit is only a warning."""

    digits: str
    kind: str
    check_digit_ok: bool


@dataclass(frozen=True)
class Problem:
    """Why a buyer does not do; ``field`` is tax_id, foreign_id or name."""

    code: str
    field: str
    message: str


def digits_of(text: str | None) -> str:
    """Keep the digits of a text, as of a tax id; empty for none.

    >>> digits_of("1-31-24679-6"), digits_of(None)
    ('131246796', '')
    """
    return "".join(char for char in text or "" if char in "0123456789")


def check_tax_id(text: str) -> TaxId:
    """Read an RNC or cedula, with or without dashes and spaces."""
    digits = re.sub("[ -]", "", text) if isinstance(text, str) else ""
    if not _TAX_ID.fullmatch(digits):
        message = f"{text!r} is neither an RNC (9 digits) nor a cedula (11 digits)."
        raise TaxIdError(message)
    kind = "rnc" if len(digits) == 9 else "cedula"
    return TaxId(digits, kind, _FORMS[kind].is_valid(digits))


def format_tax_id(text: str) -> str:
    """The tax id as it is printed."""
    tax_id = check_tax_id(text)
    return _FORMS[tax_id.kind].format(tax_id.digits)


def _given(text: str | None) -> str:
    return (text or "").strip()


def _tax_id_problems(tax_id: str) -> list[Problem]:
    if not tax_id:
        message = "The document must carry the buyer's RNC or cedula."
        return [Problem(RNC_REQUIRED, "tax_id", message)]
    try:
        check_tax_id(tax_id)
    except TaxIdError as error:
        return [Problem(error.code, "tax_id", str(error))]
    return []


def _identity_problems(tax_id: str, foreign_id: str) -> list[Problem]:
    """An RNC or cedula, or else the passport or card of a foreigner."""
    problems = _tax_id_problems(tax_id)
    if not problems or not foreign_id:
        return problems
    if len(foreign_id) > _FOREIGN_ID_LENGTH:
        message = f"A foreign identity has at most {_FOREIGN_ID_LENGTH} characters."
        return [Problem(RNC_INVALID, "foreign_id", message)]
    return []


def _name_problems(name: str) -> list[Problem]:
    if name:
        return []
    message = "The document must carry the buyer's name."
    return [Problem(RNC_REQUIRED, "name", message)]


def buyer_problem(
    rule: str,
    total: Decimal,
    tax_id: str | None,
    foreign_id: str | None,
    name: str | None,
    threshold: Decimal = Decimal("250000"),
) -> list[Problem]:
    """All that the buyer lacks for this document (Formato e-CF fields 38 to 40).

    ``rule`` is the ``buyer`` of the document's type (``DocumentType``).
    ``total`` includes the taxes and the propina legal; a consumer invoice of
    exactly the threshold must already name its buyer (NG 05-2019, NG 10-2018).
    A malformed tax id is no problem where none is needed, nor beside the foreign
    identity that stands for it. A note has the needs of the document it modifies:
    ask with that document's type and total.
    """
    tax_id, foreign_id, name = _given(tax_id), _given(foreign_id), _given(name)
    if rule == "required":
        return _tax_id_problems(tax_id) + _name_problems(name)
    if rule == "special" or (rule == "threshold" and total >= threshold):
        return _identity_problems(tax_id, foreign_id) + _name_problems(name)
    if rule == "name":
        # The schema demands RazonSocialComprador of an export, and no identity.
        return _name_problems(name)
    return []
