"""How far the clock of a till is believed.

The day of a document is the day of its number, which the server tells. What a till says
is when the guest paid; a clock that stands in 1970 or runs an hour ahead says nothing,
and would date entries of the books into a month that is filed.
"""

from datetime import timedelta

from odoo import fields

#: Parameter: days before the start of the session that a sale may be dated.
DAYS_BACK = ("nu_pos.clock_days_back", 7)
#: Parameter: minutes ahead of the server's clock.
MINUTES_AHEAD = ("nu_pos.clock_minutes_ahead", 10)
#: Code of the warning of a sale that is dated by the server instead.
CLOCK = "CLOCK"


class Clock:
    """Bounds of what is believed of a sale, in UTC.

    :param session: ``pos.session`` it is sold in
    :param now: the server's moment; when it came, of what waited in quarantine
    """

    def __init__(self, session, now=None):
        parameters = session.env["ir.config_parameter"].sudo()

        def number(key, default):
            value = parameters.get_param(key)
            return int(value) if str(value or "").isdigit() else default

        self.now = now or fields.Datetime.now()
        begun = min(session.start_at or self.now, self.now)
        self.earliest = begun - timedelta(days=number(*DAYS_BACK))
        self.latest = self.now + timedelta(minutes=number(*MINUTES_AHEAD))

    def believes(self, moment):
        return self.earliest <= moment <= self.latest

    def told(self, moment):
        """Why a moment is not believed, in words, with the server's time."""
        if moment > self.latest:
            where = "lies in the future"
        else:
            where = f"lies before {wire_moment(self.earliest)}"
        return f"{where}: the server's time is {wire_moment(self.now)}"


def wire_moment(moment):
    """``2026-11-21T14:00:00Z`` of a naive moment in UTC."""
    return moment.replace(microsecond=0).isoformat() + "Z"
