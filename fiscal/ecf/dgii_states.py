"""What an answer of DGII means for the document and for its number.

>>> from .dgii_answers import Message, Result
>>> outcome = decide(Result(2, "Rechazado", False, (Message("", "Firma inválida"),)))
>>> outcome.state, outcome.number_reusable, outcome.explanations[0].key
('rejected', True, 'signature')
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from .dgii_answers import Message, Result, Status, TrackId

ACCEPTED = "accepted"
CONDITIONAL = "conditional"
REJECTED = "rejected"
IN_PROCESS = "in_process"
NOT_FOUND = "not_found"
#: The answer contradicts itself or says nothing known: ask again, decide nothing.
UNCLEAR = "unclear"

#: States that do not change any more.
FINAL = frozenset((ACCEPTED, CONDITIONAL, REJECTED))
#: States in which the document has fiscal value.
VALID = frozenset((ACCEPTED, CONDITIONAL))

# Descripción Técnica, consulta de resultado.
_BY_CODE = {
    0: NOT_FOUND,
    1: ACCEPTED,
    2: REJECTED,
    3: IN_PROCESS,
    4: CONDITIONAL,
}


class Explanation(NamedTuple):
    """A known message in plain words; ``key`` is stable."""

    key: str
    spanish: str
    english: str


_EXPLANATIONS = (
    (
        "modified_not_issued",
        "La DGII todavía no ha aceptado el comprobante que esta nota modifica.",
        "DGII has not accepted yet the receipt that this note modifies.",
    ),
    (
        "note_buyer",
        "El comprador de la nota no es el del comprobante que modifica.",
        "The buyer of the note is not the buyer of the receipt that it modifies.",
    ),
    (
        "note_exceeds",
        "La nota devuelve más de lo que queda del comprobante que modifica.",
        "The note gives back more than is left of the receipt that it modifies.",
    ),
    (
        "note_of_annulled",
        "El comprobante que la nota modifica fue anulado por completo por otra nota.",
        "The receipt that the note modifies was annulled as a whole by another note.",
    ),
    (
        "note_of_note",
        "Una nota modifica el comprobante original, no otra nota.",
        "A note modifies the original receipt, not another note.",
    ),
    (
        "not_replaced",
        "Solo se reemplazan comprobantes de la serie B emitidos en contingencia.",
        "Only series B receipts of a contingency are replaced.",
    ),
    (
        "note_disagrees",
        "La nota no concuerda con el comprobante que modifica: comprador, monto o "
        "saldo.",
        "The note does not agree with the receipt that it modifies: buyer, amount or "
        "what is left of it.",
    ),
    (
        "note_date",
        "La fecha del comprobante modificado no es la de su emisión.",
        "The date of the modified receipt is not the day on which it was issued.",
    ),
    (
        "same_security_code",
        "Ya hay un resumen con este código de seguridad.",
        "There is a summary with this security code already.",
    ),
    (
        "file_name",
        "El nombre del archivo no es el RNC del emisor y el e-NCF.",
        "The name of the file is not the RNC of the issuer and the e-NCF.",
    ),
    (
        "field_value",
        "El valor de un campo no es válido; el mensaje de la DGII lo nombra.",
        "The value of a field is not valid; the message of DGII names the field.",
    ),
    (
        "sub_discounts",
        "Los descuentos de una línea no suman lo que la línea dice.",
        "The discounts of a line do not add up to what the line says.",
    ),
    (
        "sub_surcharges",
        "Los recargos de una línea no suman lo que la línea dice.",
        "The surcharges of a line do not add up to what the line says.",
    ),
    (
        "sub_quantity",
        "La subcantidad de una línea no es válida.",
        "The sub-quantity of a line is not valid.",
    ),
    (
        "totals",
        "Los totales no cuadran con las líneas.",
        "The totals do not match the lines.",
    ),
    (
        "already_used",
        "Este e-NCF ya fue utilizado en la DGII.",
        "DGII already holds a document with this e-NCF.",
    ),
    (
        "number_not_authorised",
        "El e-NCF no está autorizado para este RNC.",
        "The e-NCF is not authorised for this RNC.",
    ),
    (
        "number_expired",
        "La secuencia del e-NCF está vencida.",
        "The sequence of the e-NCF has expired.",
    ),
    (
        "signature",
        "La firma digital o el certificado no son válidos.",
        "The digital signature or the certificate is not valid.",
    ),
    (
        "signer",
        "El firmante no está delegado por este RNC en la Oficina Virtual.",
        "The signer is not delegated for this RNC in the Oficina Virtual.",
    ),
    (
        "structure",
        "El XML no cumple el formato de la DGII.",
        "The XML does not follow the format of DGII.",
    ),
    (
        "issuer",
        "El emisor no existe, no está activo o no es emisor electrónico.",
        "The issuer does not exist, is not active or is no electronic issuer.",
    ),
)

#: {key: Explanation}
EXPLANATIONS: dict[str, Explanation] = {
    key: Explanation(key, spanish, english) for key, spanish, english in _EXPLANATIONS
}

#: Codes seen in the logs of certifications; DGII publishes no list.
CODES: dict[str, str] = {
    "75": "same_security_code",
    "135": "field_value",
    "156": "field_value",
    "613": "not_replaced",
    "614": "modified_not_issued",
    "615": "note_disagrees",
    "634": "note_date",
    "2020": "sub_discounts",
    "2030": "sub_surcharges",
    "2150": "sub_quantity",
    "3243": "file_name",
}
#: Codes under which DGII tells several things: its words are asked first.
_BROAD = frozenset(("135", "156", "615"))

# For messages without a code of their own; the first that matches counts.
_PHRASES = (
    ("modified_not_issued", r"modificado no ha sido emitido"),
    ("note_buyer", r"comprador.{0,80}no coincide|no coincide.{0,40}comprador"),
    (
        "note_exceeds",
        r"nota.{0,60}(mayor|supera|excede).{0,60}(saldo|disponible|monto)",
    ),
    ("note_of_annulled", r"modific.{0,60}(fue|ha sido|esta) anulad"),
    ("note_of_note", r"nota.{0,40}no.{0,30}(modific|afect).{0,40}nota"),
    ("note_date", r"fechancfmodificado"),
    ("same_security_code", r"codigo de seguridad.{0,60}(ya|utilizad|existe)"),
    ("file_name", r"nombre del archivo"),
    ("already_used", r"(ya|previamente).{0,40}utilizad|secuencia.{0,20}utilizada"),
    ("number_expired", r"(secuencia|e-?ncf).{0,40}vencid"),
    ("number_not_authorised", r"(secuencia|e-?ncf).{0,60}no.{0,20}autorizad"),
    ("signer", r"(firmante|delegad|autorizad\w* (a|para) firmar)"),
    ("signature", r"firma|certificado"),
    ("issuer", r"emisor.{0,40}no.{0,30}(existe|activo|electronico|autorizado)"),
    ("structure", r"estructura|esquema|xsd|xml|especificacion"),
    ("totals", r"(total|monto|itbis|suma).{0,80}(coincide|cuadra|valid|correct)"),
    ("field_value", r"campo.{0,120}(no es valid|invalid|no cumple)"),
)


@dataclass(frozen=True)
class Outcome:
    """What to do with a document.

    ``number_reusable``: True when the same e-NCF may carry the corrected document,
    False when it is burned or in use, None as long as it cannot be said. Of a number
    not found it cannot: the document may still be on its way.
    """

    state: str
    number_reusable: bool | None
    messages: tuple[Message, ...] = ()

    @property
    def final(self) -> bool:
        return self.state in FINAL

    @property
    def valid(self) -> bool:
        return self.state in VALID

    @property
    def explanations(self) -> tuple[Explanation, ...]:
        """The known messages in plain words, each once."""
        found = dict.fromkeys(filter(None, map(explain, self.messages)))
        return tuple(found)


def decide(answer: Result | Status) -> Outcome:
    """State of the document and fate of its number, from an answer with a state."""
    state = state_of(answer.code, answer.status)
    reusable = None
    if state in VALID:
        reusable = False
    elif state == REJECTED and answer.sequence_used is not None:
        reusable = not answer.sequence_used
    return Outcome(state, reusable, answer.messages)


def state_of(code: int | None, status: str) -> str:
    """State from the code and the words; where they contradict, ``UNCLEAR``.

    >>> state_of(1, "Aceptado"), state_of(None, "ACEPTADO CONDICIONAL")
    ('accepted', 'conditional')
    >>> state_of(1, "Rechazado"), state_of(None, "?")
    ('unclear', 'unclear')
    >>> state_of(None, "Rechazado. No cumple la aceptación condicional")
    'rejected'
    >>> state_of(None, "No Aceptado Condicional"), state_of(4, "No aceptado")
    ('unclear', 'unclear')
    """
    by_code, by_words = _BY_CODE.get(code), _by_words(_plain(status))
    if by_code and by_words and by_code != by_words:
        # the code of an acceptance does not tell its condition everywhere
        if by_code == ACCEPTED and by_words == CONDITIONAL:
            return CONDITIONAL
        if by_code == REJECTED and by_words == UNCLEAR:
            return REJECTED
        return UNCLEAR
    return by_words or by_code or UNCLEAR


_NOT_ACCEPTED = re.compile(r"\b(no|ni|sin|nunca|tampoco)\b.{0,40}acepta")


def _by_words(words):
    """State of the words, None where they say nothing. An acceptance must be said
    plainly: what follows from one cannot be undone."""
    if re.search(r"\bno (fue |ha sido )?encontrad", words):
        return NOT_FOUND
    if words.startswith("rechazad"):
        return REJECTED
    if "rechaz" in words or _NOT_ACCEPTED.search(words):
        return UNCLEAR
    if "proceso" in words:
        return IN_PROCESS
    if words.startswith("aceptad"):
        return CONDITIONAL if "condicional" in words else ACCEPTED
    return UNCLEAR if "acepta" in words else None


# What a number is, when it was delivered more than once: the first of these.
_WEIGHT = (ACCEPTED, CONDITIONAL, IN_PROCESS, UNCLEAR, REJECTED, NOT_FOUND)


def deliveries_to_ask(deliveries: Iterable[TrackId]) -> list[TrackId]:
    """Of the deliveries of a number those whose results are to be asked for.

    After a lost answer DGII is asked for the deliveries of the number: none, and the
    document is sent again; else these are asked for, and ``standing`` tells which of
    their outcomes counts. The one that was accepted suffices:

    >>> first, second = TrackId("a", "Aceptado"), TrackId("b", "Rechazado")
    >>> [one.track_id for one in deliveries_to_ask([second, first])]
    ['a']
    """
    deliveries = list(deliveries)
    for one in deliveries:
        if state_of(None, one.status) in VALID:
            return [one]
    return deliveries


def standing(outcomes: Iterable[Outcome]) -> Outcome | None:
    """Of the outcomes of several deliveries of one number the one that counts.

    A second delivery is rejected as used while the first one stands; a number that
    one rejection burned is burned. None of none.
    """
    return min(
        outcomes,
        key=lambda one: (_WEIGHT.index(one.state), one.number_reusable is not False),
        default=None,
    )


def explain(message: Message) -> Explanation | None:
    """A known message in plain words, by its code or else by its own words.

    >>> explain(Message("615", "El RNC del comprador no coincide")).key
    'note_buyer'
    >>> explain(Message("615", "")).key
    'note_disagrees'
    """
    code = message.code.strip().lstrip("0")
    key = CODES.get(code)
    if key is None or code in _BROAD:
        words = _plain(message.text)
        key = next(
            (found for found, pattern in _PHRASES if re.search(pattern, words)), key
        )
    return EXPLANATIONS.get(key)


def _plain(text):
    text = unicodedata.normalize("NFD", text.lower())
    return "".join(char for char in text if not unicodedata.combining(char)).strip()
