"""Until when series B may be issued by default, by class of taxpayer.

Ley 32-23 art. 37 with its one extension (Decreto 587-24 art. 8). Afterwards series B
is for a contingency and for who has an application pending; numbers of who is late are
deemed expired (art. 55).

>>> OBLIGATIONS["other"].ended(date(2026, 11, 15))
False
>>> OBLIGATIONS["other"].ended(date(2026, 11, 16))
True
"""

from datetime import date
from typing import NamedTuple


class Obligation(NamedTuple):
    """``last_day``: the last one of series B; ``norm``: who says so."""

    name: str
    last_day: date
    norm: str

    def ended(self, day: date) -> bool:
        """Whether a receipt of this day is to be electronic."""
        return day > self.last_day


#: By class of taxpayer, as DGII lists them.
OBLIGATIONS = {
    "large_national": Obligation(
        "Grandes contribuyentes nacionales",
        date(2025, 12, 31),
        "Ley 32-23 art. 37; Decreto 587-24 art. 55",
    ),
    "large_local_medium": Obligation(
        "Grandes contribuyentes locales y medianos",
        date(2026, 10, 31),
        "Ley 32-23 art. 37; DGII, Aviso 14-26",
    ),
    "other": Obligation(
        "Pequeños, micro y no clasificados",
        date(2026, 11, 15),
        "Ley 32-23 art. 37; DGII, Aviso 06-26",
    ),
}
#: The class of most restaurants.
DEFAULT_CLASS = "other"
#: From the day after it every issuer is obliged, whatever its class.
LAST_DAY = max(obligation.last_day for obligation in OBLIGATIONS.values())
