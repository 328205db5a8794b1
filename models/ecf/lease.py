"""Leases of rows that several workers may take: ``lease`` names the worker of a row.

A worker that dies leaves its lease behind; the row is due again when the lease is over,
and what the first worker writes after that is refused.
"""

from datetime import timedelta
from uuid import uuid4

from odoo.tools import SQL

from .nu_pos_ecf_link import utc_now


def take_lease(model, seconds, due, next_field="date_next", values=()):
    """Put the row that is due longest under a lease, past those others have locked.

    :param model: recordset of the model
    :param seconds: length of the lease; ``next_field`` is set to its end
    :param due: SQL condition on the row, ``e``
    :param values: ``{column: SQL}`` to write with it; ``due.state`` is the state before
    :return: ``(record, state it was in, lease)``, or None
    """
    now, lease = utc_now(), uuid4().hex
    values = {
        **dict(values),
        "lease": SQL("%s", lease),
        next_field: SQL("%s", now + timedelta(seconds=seconds)),
    }
    rows = model.env.execute_query(
        SQL(
            """
            WITH due AS (
                SELECT e.id, e.state FROM %(table)s e
                 WHERE e.%(next)s <= %(now)s AND %(due)s
                 ORDER BY e.%(next)s, e.id LIMIT 1 FOR UPDATE OF e SKIP LOCKED)
            UPDATE %(table)s e SET %(values)s
              FROM due WHERE e.id = due.id RETURNING e.id, due.state
            """,
            table=SQL.identifier(model._table),
            next=SQL.identifier(next_field),
            now=now,
            due=due,
            values=SQL(", ").join(
                SQL("%s = %s", SQL.identifier(name), value)
                for name, value in values.items()
            ),
        )
    )
    if not rows:
        return None
    record = model.browse(rows[0][0])
    record.invalidate_recordset(flush=False)
    return record, rows[0][1], lease


def settle_lease(record, lease, values):
    """Write what came of a row and end its lease.

    :return: whether it was written: not where another worker has the row meanwhile
    """
    record.ensure_one()
    record.env.cr.execute(
        SQL(
            "UPDATE %s SET %s WHERE id = %s AND lease = %s",
            SQL.identifier(record._table),
            SQL(", ").join(
                SQL("%s = %s", SQL.identifier(name), value)
                for name, value in {**values, "lease": None}.items()
            ),
            record.id,
            lease,
        )
    )
    settled = bool(record.env.cr.rowcount)
    record.invalidate_recordset(flush=False)
    return settled
