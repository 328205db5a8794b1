"""Amounts in Spanish words, as a receipt or a cheque says them.

>>> in_words(Decimal("1408.00"))
'MIL CUATROCIENTOS OCHO PESOS CON 00/100'
>>> in_words(Decimal("101.05"))
'CIENTO UN PESOS CON 05/100'
"""

import re
from decimal import Decimal

from num2words import num2words

from .money import round_half_up

# Before a noun "uno" loses its end: un peso, veintiún mil, treinta y un millones.
_ONE = (
    (re.compile(r"veintiuno(?= |$)"), "veintiún"),
    (re.compile(r"uno(?= |$)"), "un"),
)


def in_words(
    amount: Decimal, one: str = "PESO", many: str = "PESOS", before: str = "MENOS"
) -> str:
    """The amount in capitals, with its hundredths as a fraction.

    ``one`` and ``many`` name the currency; ``before`` stands before what is negative.
    Half a hundredth goes up.

    >>> in_words(Decimal("1"))
    'UN PESO CON 00/100'
    >>> in_words(Decimal("21000"), "DÓLAR", "DÓLARES")
    'VEINTIÚN MIL DÓLARES CON 00/100'
    >>> in_words(Decimal("2000000"))
    'DOS MILLONES DE PESOS CON 00/100'
    """
    amount = round_half_up(amount)
    whole, hundredths = divmod(int(abs(amount).scaleb(2)), 100)
    words = num2words(whole, lang="es")
    for pattern, short in _ONE:
        words = pattern.sub(short, words)
    # After a round million the noun follows with "de".
    if whole and whole % 1_000_000 == 0:
        words += " de"
    sign = f"{before} " if amount < 0 else ""
    currency = one if whole == 1 else many
    return f"{sign}{words.upper()} {currency} CON {hundredths:02}/100"
