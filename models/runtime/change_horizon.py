"""Moment up to which a database can tell all changes."""

from datetime import datetime, timedelta

from odoo import fields
from odoo.api import Environment

#: A change bears the moment its transaction began, and is stored after it: a list of
#: changes begins so much earlier, and tells some a second time.
OVERLAP = timedelta(minutes=5)


def change_horizon(env: Environment) -> datetime:
    """Return now (UTC); where a replica answers, the moment up to which it has
    followed: what it does not have yet would be missed for ever."""
    now = fields.Datetime.now()
    if not env.cr.readonly:
        return now
    env.cr.execute(
        "SELECT COALESCE(pg_last_xact_replay_timestamp(),"
        " pg_postmaster_start_time()) AT TIME ZONE 'UTC' WHERE pg_is_in_recovery()"
    )
    row = env.cr.fetchone()
    return min(row[0].replace(microsecond=0), now) if row else now
