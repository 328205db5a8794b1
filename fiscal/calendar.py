"""The day in Santo Domingo, whatever the zone of the server's clock.

The Dominican Republic keeps UTC-4 all the year, so its day begins at 04:00 UTC:

>>> fiscal_day(datetime(2026, 12, 31, 3, 59, 59))
datetime.date(2026, 12, 30)
>>> fiscal_day(datetime(2026, 12, 31, 4, 0))
datetime.date(2026, 12, 31)

Moments without a zone are UTC, as Odoo stores them.
"""

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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


def expiry_of(authorised_day: date) -> date:
    """Last day of a sequence authorised on that day (NG 06-2018).

    >>> expiry_of(date(2026, 1, 1)), expiry_of(date(2026, 12, 31))
    (datetime.date(2027, 12, 31), datetime.date(2027, 12, 31))
    """
    return date(authorised_day.year + 1, 12, 31)


def is_expired(expiry: date | None, moment: datetime) -> bool:
    """Whether the expiry day is over in Santo Domingo; None never expires."""
    return expiry is not None and fiscal_day(moment) > expiry
