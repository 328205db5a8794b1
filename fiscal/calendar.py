"""The day in Santo Domingo, whatever the zone of the server's clock; its holidays and
the days on which something is due.

The Dominican Republic keeps UTC-4 all the year, so its day begins at 04:00 UTC:

>>> fiscal_day(datetime(2026, 12, 31, 3, 59, 59))
datetime.date(2026, 12, 30)
>>> fiscal_day(datetime(2026, 12, 31, 4, 0))
datetime.date(2026, 12, 31)

Moments without a zone are UTC, as Odoo stores them.

15 November 2026 is a Sunday, so what is due then is due on Monday:

>>> due_day(date(2026, 10, 1), 15)
datetime.date(2026, 11, 16)
"""

from collections.abc import Container
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.easter import easter

_NAME = "America/Santo_Domingo"


def _santo_domingo():
    try:
        return ZoneInfo(_NAME)
    except ZoneInfoNotFoundError:
        # A slim image may lack tzdata; the zone has had no change since 2000.
        return timezone(timedelta(hours=-4), _NAME)


SANTO_DOMINGO = _santo_domingo()


def fiscal_day(moment_utc: datetime) -> date:
    """Day in Santo Domingo of a moment; a moment without a zone is UTC."""
    if moment_utc.tzinfo is None:
        moment_utc = moment_utc.replace(tzinfo=timezone.utc)
    return moment_utc.astimezone(SANTO_DOMINGO).date()


def _midnight_utc(day: date) -> datetime:
    midnight = datetime.combine(day, time.min, SANTO_DOMINGO)
    return midnight.astimezone(timezone.utc).replace(tzinfo=None)


def day_bounds_utc(day: date) -> tuple[datetime, datetime]:
    """First moment of the day and of the next one: ``start <= moment < end``.

    >>> day_bounds_utc(date(2026, 12, 31))[0]
    datetime.datetime(2026, 12, 31, 4, 0)
    """
    return _midnight_utc(day), _midnight_utc(day + timedelta(days=1))


def printed_moment(moment_utc: datetime) -> str:
    """Format a moment as receipts print it, in Santo Domingo.

    >>> printed_moment(datetime(2026, 11, 16, 3, 59, 59))
    '15-11-2026 23:59:59'
    """
    local = moment_utc.replace(tzinfo=timezone.utc).astimezone(SANTO_DOMINGO)
    return f"{local:%d-%m-%Y %H:%M:%S}"


def expiry_of(authorised_day: date) -> date:
    """Last day of a sequence authorised on that day (NG 06-2018).

    >>> expiry_of(date(2026, 1, 1)), expiry_of(date(2026, 12, 31))
    (datetime.date(2027, 12, 31), datetime.date(2027, 12, 31))
    """
    return date(authorised_day.year + 1, 12, 31)


def is_expired(expiry: date | None, moment: datetime) -> bool:
    """Whether the expiry day is over in Santo Domingo; no day (None, or the False of
    an empty field) never expires."""
    return bool(expiry) and fiscal_day(moment) > expiry


# -- Working days ----------------------------------------------------------------------

#: Holidays of a fixed date, ``(month, day): (name, moves)``. Ley 139-97: one that
#: moves is kept on the Monday before when it falls on a Tuesday or Wednesday, on the
#: Monday after when on a Thursday or Friday; on other days it stays, but that of Labour
#: on a Sunday is kept on Monday.
FIXED_HOLIDAYS = {
    (1, 1): ("Año Nuevo", False),
    (1, 6): ("Día de los Santos Reyes", True),
    (1, 21): ("Nuestra Señora de la Altagracia", False),
    (1, 26): ("Natalicio de Juan Pablo Duarte", True),
    (2, 27): ("Independencia Nacional", False),
    (5, 1): ("Día del Trabajo", True),
    (8, 16): ("Restauración de la República", True),
    (9, 24): ("Nuestra Señora de las Mercedes", False),
    (11, 6): ("Día de la Constitución", True),
    (12, 25): ("Navidad", False),
}
#: Holidays by their distance in days from Easter; they do not move.
EASTER_HOLIDAYS = {-2: "Viernes Santo", 60: "Corpus Christi"}
#: Days to where Ley 139-97 moves a holiday, by weekday (Monday is 0).
_MOVED_BY = {1: -1, 2: -2, 3: 4, 4: 3}
_LABOUR, _SUNDAY = (5, 1), 6
_RESTORATION, _TERM_BEGINS = (8, 16), 2024


@lru_cache(maxsize=64)
def holidays(year: int) -> dict[date, str]:
    """Public holidays of a year, on the day they are kept (Ley 139-97).

    16 August stays where it is every fourth year, when a presidential term begins.

    >>> [str(day) for day in holidays(2026) if day.month > 8]
    ['2026-09-24', '2026-11-09', '2026-12-25']
    """
    days = {}
    for place, (name, moves) in FIXED_HOLIDAYS.items():
        day = date(year, *place)
        if place == _RESTORATION and (year - _TERM_BEGINS) % 4 == 0:
            moves = False
        by = _MOVED_BY.get(day.weekday(), 0) if moves else 0
        if place == _LABOUR and day.weekday() == _SUNDAY:
            by = 1
        days[day + timedelta(by)] = name
    for distance, name in EASTER_HOLIDAYS.items():
        days[easter(year) + timedelta(distance)] = name
    return dict(sorted(days.items()))


def is_working_day(day: date, closed: Container[date] = ()) -> bool:
    """Whether the tax office works: no weekend, no holiday.

    :param closed: further days it does not, declared for once

    >>> is_working_day(date(2026, 11, 6)), is_working_day(date(2026, 11, 9))
    (True, False)
    """
    return day.weekday() < 5 and day not in holidays(day.year) and day not in closed


def parse_days(text: str | None) -> frozenset[date]:
    """Days written ``AAAA-MM-DD``, with commas or spaces between them.

    :raise ValueError: a part is no day

    >>> sorted(parse_days("2026-11-16, 2026-12-24"))[0]
    datetime.date(2026, 11, 16)
    """
    parts = (text or "").replace(",", " ").split()
    return frozenset(date.fromisoformat(part) for part in parts)


def due_day(month: date, day: int, closed: Container[date] = ()) -> date:
    """The last day for what is due on a day of the month after ``month``: the next
    working day where that is none.

    >>> due_day(date(2026, 12, 1), 20), due_day(date(2025, 12, 1), 21)
    (datetime.date(2027, 1, 20), datetime.date(2026, 1, 22))
    """
    due = (month.replace(day=28) + timedelta(4)).replace(day=day)
    while not is_working_day(due, closed):
        due += timedelta(1)
    return due
