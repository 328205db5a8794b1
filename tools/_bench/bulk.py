"""Years of business in seconds: rows copied in the database from one real sale."""

import contextlib

from _lib.progress import step

#: Orders of each session that is made for them.
SESSION = 500

#: What is copied, and what belongs to it.
TABLES = (
    "pos_order",
    "pos_order_line",
    "pos_payment",
    "nu_pos_ncf",
    "nu_restaurant_pos_order_audit",
    "nu_pos_api_request",
    "account_tax_pos_order_line_rel",
)

_FOREIGN_KEYS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
      FROM pg_constraint
     WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)
"""
_INDEXES = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
      FROM pg_index i
     WHERE i.indrelid::regclass::text = ANY(%s) AND NOT i.indisprimary
       AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""
_COLUMNS = """
    SELECT column_name FROM information_schema.columns
     WHERE table_schema = current_schema AND table_name = %s
       AND column_name <> 'id' AND is_generated = 'NEVER'
"""
#: Moments, a minute apart, the last one now.
_MOMENT = "now() AT TIME ZONE 'UTC' - make_interval(mins => {count} - g)"


def fill(db, order, count, session=None):
    """Copy the sale ``order`` (id), its first line, payment, number and audit row.

    :param session: id of the session that gets the copies; None: closed ones of the
        register, made for them
    """
    with db.connect() as connection, step(f"Making {count:,} orders by SQL"):
        cursor = connection.cursor()
        cursor.execute("SET synchronous_commit = off")
        with _unburdened(cursor):
            _Copier(cursor, order, count).run(session)
        cursor.execute("VACUUM ANALYZE")


def fill_plain(db, orders, copies):
    """Copy each of the sales ``orders`` (ids) of Odoo's own screen, with its lines and
    payments, within its session."""
    count = copies * len(orders)
    with db.connect() as connection, step(f"Making {count:,} plain orders by SQL"):
        cursor = connection.cursor()
        with _unburdened(cursor):
            for order in orders:
                _Copier(cursor, order, copies).run_plain()
        cursor.execute("VACUUM ANALYZE")


@contextlib.contextmanager
def _unburdened(cursor):
    """Without foreign keys, as the rows are copies of right ones (later rows are
    checked again), and without the indexes that can be made afterwards."""
    cursor.execute(_FOREIGN_KEYS, [list(TABLES)])
    keys = cursor.fetchall()
    cursor.execute(_INDEXES, [list(TABLES)])
    indexes = cursor.fetchall()
    for table, name, _definition in keys:
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _definition in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    yield
    cursor.execute("SET maintenance_work_mem = '256MB'")
    for _name, definition in indexes:
        cursor.execute(definition)
    for table, name, definition in keys:
        cursor.execute(
            f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition} NOT VALID'
        )


class _Copier:
    def __init__(self, cursor, order, count):
        self.cursor = cursor
        self.order = order
        self.count = count
        self.moment = _MOMENT.format(count=count)

    def run(self, session):
        one = "SELECT id, session_id, nu_ncf_id FROM pos_order WHERE id = %s"
        self.cursor.execute(one, [self.order])
        order, old_session, ncf = self.cursor.fetchone()
        state = "'paid'" if session else "'done'"
        session = str(session) if session else self._sessions(old_session)
        orders = self._last("pos_order")
        numbers = self._last("nu_pos_ncf")
        first = self._take_range(ncf)
        name = f"left(t.name, 3) || lpad(({first} + g - 1)::text, 8, '0')"
        moments = {"create_date": self.moment, "write_date": self.moment}
        reference = f"'NU/BULK/{orders}/' || g"
        self._copy(
            "nu_pos_ncf",
            ncf,
            {
                "sequence_number": f"{first} + g - 1",
                "name": name,
                "pos_reference": reference,
                "order_id": f"{orders} + g",
                "date_issued": self.moment,
                "date_issued_day": f"({self.moment})::date",
                **moments,
            },
        )
        self._copy(
            "pos_order",
            order,
            {
                "uuid": "gen_random_uuid()::text",
                "access_token": "md5(g::text)",
                "pos_reference": reference,
                "name": reference,
                "session_id": session,
                "state": state,
                "nu_ncf_id": f"{numbers} + g",
                "nu_ncf": name.replace("t.name", "t.nu_ncf"),
                "date_order": self.moment,
                **moments,
            },
        )
        for table, link in (("pos_order_line", "order_id"), ("pos_payment", None)):
            link = link or "pos_order_id"
            own = {"uuid": "gen_random_uuid()::text", link: f"{orders} + g", **moments}
            if table == "pos_payment":
                own["session_id"] = session
            self.cursor.execute(
                f"SELECT min(id) FROM {table} WHERE {link} = %s", [order]
            )
            (template,) = self.cursor.fetchone()
            before = self._last(table)
            self._copy(table, template, own)
            if table == "pos_order_line":
                self._copy_taxes(template, before)
        audit = "nu_restaurant_pos_order_audit"
        self.cursor.execute(
            f"SELECT max(id) FROM {audit} WHERE order_res_id = %s", [order]
        )
        (template,) = self.cursor.fetchone()
        self._last(audit)
        self._copy(
            audit,
            template,
            {
                "create_date": self.moment,
                "pos_reference": reference,
                "order_res_id": f"{orders} + g",
            },
        )
        self.cursor.execute(
            f"""
            INSERT INTO nu_pos_api_request (
                create_date, user_id, operation, key, fingerprint, status, answer)
            SELECT {self.moment}, o.user_id, 'hub/finalize', 'bulk-{orders}-' || g,
                   md5(g::text), 200, '{{"status": "ok"}}'
              FROM pos_order o, generate_series(1, %s) AS g WHERE o.id = %s
            """,
            [self.count, order],
        )

    def run_plain(self):
        last = self._last("pos_order")
        own = {"uuid": "gen_random_uuid()::text"}
        reference = f"t.pos_reference || '-{last}-' || g"
        self._copy("pos_order", self.order, {**own, "pos_reference": reference})
        for table, link in (("pos_order_line", "order_id"), ("pos_payment", None)):
            link = link or "pos_order_id"
            self.cursor.execute(
                f"SELECT id FROM {table} WHERE {link} = %s ORDER BY id", [self.order]
            )
            for (template,) in self.cursor.fetchall():
                before = self._last(table)
                self._copy(table, template, {**own, link: f"{last} + g"})
                if table == "pos_order_line":
                    self._copy_taxes(template, before)

    def _last(self, table):
        """Return the id before the first copy, and take the ids of all of them."""
        self.cursor.execute(
            f"SELECT setval('{table}_id_seq', greatest(nextval('{table}_id_seq'),"
            f" (SELECT max(id) FROM {table})) + %s) - %s",
            [self.count, self.count],
        )
        return self.cursor.fetchone()[0]

    def _copy(self, table, template, values, count=None):
        self.cursor.execute(_COLUMNS, [table])
        names = [name for (name,) in self.cursor.fetchall()]
        count = count or self.count
        self.cursor.execute(f"SELECT last_value - {count} FROM {table}_id_seq")
        first = self.cursor.fetchone()[0]
        chosen = ", ".join(values.get(name, f't."{name}"') for name in names)
        listed = ", ".join(f'"{name}"' for name in names)
        self.cursor.execute(
            f"INSERT INTO {table} (id, {listed}) SELECT {first} + g, {chosen}"
            f"  FROM {table} t, generate_series(1, %s) AS g WHERE t.id = %s",
            [count, template],
        )

    def _copy_taxes(self, template, before):
        self.cursor.execute(
            "INSERT INTO account_tax_pos_order_line_rel"
            " (pos_order_line_id, account_tax_id)"
            " SELECT %s + g, r.account_tax_id FROM account_tax_pos_order_line_rel r,"
            " generate_series(1, %s) AS g WHERE r.pos_order_line_id = %s",
            [before, self.count, template],
        )

    def _sessions(self, template):
        """Make closed sessions; returns the expression of the one of copy ``g``."""
        count = self.count // SESSION + 1
        self.cursor.execute(
            "SELECT setval('pos_session_id_seq', nextval('pos_session_id_seq') + %s)"
            " - %s",
            [count, count],
        )
        first = self.cursor.fetchone()[0]
        own = {"name": "'BULK/' || g", "state": "'closed'", "access_token": "NULL"}
        self._copy("pos_session", template, own, count)
        return f"{first} + (g - 1) / {SESSION} + 1"

    def _take_range(self, ncf):
        """Count the numbers in their range; returns the first of them."""
        self.cursor.execute(
            "UPDATE nu_pos_ncf_range SET next_number = next_number + %s,"
            " last_number = 99999999"
            " WHERE id = (SELECT range_id FROM nu_pos_ncf WHERE id = %s)"
            " RETURNING next_number - %s",
            [self.count, ncf, self.count],
        )
        return self.cursor.fetchone()[0]
