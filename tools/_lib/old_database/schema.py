"""The schema of a database, as statements that make it anew."""

import contextlib

from psycopg2 import sql

COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       pg_get_expr(d.adbin, d.adrelid), c.relpersistence = 'u'
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
 ORDER BY c.relname, a.attnum
"""
# In the order in which they can be made; the last column is their comment, by which
# Odoo knows its own definition again.
OTHERS = {
    "sequence": """
        SELECT c.relname, NULL, format('CREATE SEQUENCE %I AS %s INCREMENT %s CACHE %s',
               c.relname, format_type(s.seqtypid, NULL), s.seqincrement, s.seqcache),
               NULL
          FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
         WHERE c.relnamespace = 'public'::regnamespace
    """,
    "function": """
        SELECT p.oid::regprocedure::text, NULL, pg_get_functiondef(p.oid), NULL
          FROM pg_proc p
         WHERE p.pronamespace = 'public'::regnamespace AND p.prokind IN ('f', 'p')
           AND NOT EXISTS (SELECT FROM pg_depend d
                            WHERE d.objid = p.oid AND d.deptype = 'e')
    """,
    "constraint": """
        SELECT c.conname, c.conrelid::regclass::text,
               format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::regclass,
                      c.conname, pg_get_constraintdef(c.oid)),
               obj_description(c.oid, 'pg_constraint')
          FROM pg_constraint c
         WHERE c.connamespace = 'public'::regnamespace
           AND c.contype IN ('p', 'u', 'x', 'c')
         ORDER BY c.contype = 'c', c.conrelid, c.conname
    """,
    "reference": """
        SELECT c.conname, c.conrelid::regclass::text,
               format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::regclass,
                      c.conname, pg_get_constraintdef(c.oid)), NULL
          FROM pg_constraint c
         WHERE c.connamespace = 'public'::regnamespace AND c.contype = 'f'
    """,
    "index": """
        SELECT i.indexrelid::regclass::text, i.indrelid::regclass::text,
               pg_get_indexdef(i.indexrelid), obj_description(i.indexrelid, 'pg_class')
          FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
         WHERE c.relnamespace = 'public'::regnamespace
           AND NOT EXISTS (SELECT FROM pg_constraint k
                            WHERE k.conindid = i.indexrelid AND k.contype <> 'f')
    """,
    "view": """
        SELECT c.relname, NULL,
               format('CREATE VIEW %I AS %s', c.relname, pg_get_viewdef(c.oid)), NULL
          FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v'
         ORDER BY c.oid
    """,
    "trigger": """
        SELECT t.tgname, t.tgrelid::regclass::text, pg_get_triggerdef(t.oid), NULL
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
         WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal
    """,
}
# Made before the rows are there; the rest is made, and thereby checked, afterwards.
BEFORE = ("sequence", "table", "function")
SEQUENCES = """
SELECT c.relname, t.relname, a.attname
  FROM pg_class c
  LEFT JOIN pg_depend d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass
       AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
  LEFT JOIN pg_class t ON t.oid = d.refobjid
  LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
 WHERE c.relkind = 'S' AND c.relnamespace = 'public'::regnamespace
"""


class Schema:
    """What there is in a database.

    ``tables`` are ``{table: {column: (type, not null, default)}}``; ``objects`` the
    rest, ``{kind: {(table, name): (statement, comment)}}``.
    """

    def __init__(self, cursor):
        self.tables, self.unlogged = {}, set()
        cursor.execute(COLUMNS)
        for table, column, *rest, unlogged in cursor.fetchall():
            self.tables.setdefault(table, {})[column] = tuple(rest)
            if unlogged:
                self.unlogged.add(table)
        self.objects = {}
        for kind, query in OTHERS.items():
            cursor.execute(query)
            self.objects[kind] = {
                (table, name): (statement, comment)
                for name, table, statement, comment in cursor.fetchall()
            }
        cursor.execute("SELECT extname FROM pg_extension")
        self.extensions = {row[0] for row in cursor.fetchall()}
        cursor.execute(SEQUENCES)
        self.owned = {row[0]: (row[1], row[2]) for row in cursor.fetchall()}
        self.keys = _keys(cursor)
        self.references = _references(cursor)


def _keys(cursor):
    """Return ``{table: columns of its primary key}``."""
    cursor.execute(
        """
        SELECT i.indrelid::regclass::text, array_agg(a.attname ORDER BY a.attnum)
          FROM pg_index i
          JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
         WHERE i.indisprimary GROUP BY 1
        """
    )
    return {table: tuple(columns) for table, columns in cursor.fetchall()}


def _references(cursor):
    """Return ``{(table, column): table it refers to}`` of references to an ``id``."""
    cursor.execute(
        """
        SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text
          FROM pg_constraint c
          JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
          JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = c.confkey[1]
         WHERE c.contype = 'f' AND cardinality(c.conkey) = 1 AND f.attname = 'id'
        """
    )
    return {(table, column): target for table, column, target in cursor.fetchall()}


def added(base, other):
    """Return the statements that make ``other`` of ``base``: before and after rows."""
    before = [
        f"CREATE EXTENSION IF NOT EXISTS {name}"
        for name in sorted(other.extensions - base.extensions)
    ]
    before.append("SET check_function_bodies = off")
    after = []
    kinds = {"sequence": None, "table": None, **dict.fromkeys(OTHERS)}
    for kind in kinds:
        into = before if kind in BEFORE else after
        if kind == "table":
            into += _new_columns(base, other)
            continue
        for key, (statement, comment) in other.objects[kind].items():
            known = base.objects[kind].get(key)
            if known and known[0] == statement:
                continue
            if known and kind != "function":
                raise ValueError(f"{kind} {key} of Odoo's was changed")
            into.append(statement)
            if comment:
                into.append(_comment(kind, key, comment))
        gone = set(base.objects[kind]) - set(other.objects[kind])
        if gone:
            raise ValueError(f"{kind} of Odoo's was removed: {gone}")
    after += sorted(_filled_columns(base, other))
    for name, (table, column) in other.owned.items():
        if table and name not in base.owned:
            before.append(f'ALTER SEQUENCE "{name}" OWNED BY "{table}"."{column}"')
    return before, after


def _new_columns(base, other):
    for table, columns in other.tables.items():
        known = base.tables.get(table)
        if known is None:
            unlogged = "UNLOGGED " if table in other.unlogged else ""
            listed = ", ".join(_column(*item) for item in columns.items())
            yield f'CREATE {unlogged}TABLE "{table}" ({listed})'
            continue
        if any(columns.get(name) != column for name, column in known.items()):
            raise ValueError(f"a column of Odoo's was changed: {table}")
        for name, column in columns.items():
            if name not in known:
                kind, _not_null, default = column
                yield (
                    f'ALTER TABLE "{table}" ADD COLUMN '
                    f"{_column(name, (kind, False, default))}"
                )


def _filled_columns(base, other):
    """Yield what rows of Odoo's, too, must have once the difference is there."""
    for table in set(other.tables) & set(base.tables):
        for name, (_kind, not_null, _default) in other.tables[table].items():
            if not_null and name not in base.tables[table]:
                yield f'ALTER TABLE "{table}" ALTER COLUMN "{name}" SET NOT NULL'


def _column(name, column):
    kind, not_null, default = column
    words = [f'"{name}"', kind]
    if default:
        words.append(f"DEFAULT {default}")
    if not_null:
        words.append("NOT NULL")
    return " ".join(words)


def _comment(kind, key, comment):
    table, name = key
    place = f"INDEX {name}"
    if kind == "constraint":
        place = f'CONSTRAINT "{name}" ON {table}'
    quoted = comment.replace("'", "''")
    return f"COMMENT ON {place} IS '{quoted}'"


@contextlib.contextmanager
def deferred(cursor):
    """Check references at the end of the block only, whatever the order of the rows."""
    cursor.execute(
        """
        SELECT conrelid::regclass::text, conname FROM pg_constraint
         WHERE contype = 'f' AND NOT condeferrable
           AND connamespace = 'public'::regnamespace
        """
    )
    found = cursor.fetchall()
    for table, name in found:
        cursor.execute(_alter(table, name, "DEFERRABLE INITIALLY DEFERRED"))
    yield
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table, name in found:
        cursor.execute(_alter(table, name, "NOT DEFERRABLE"))


def _alter(table, name, how):
    statement = f"ALTER TABLE {table} ALTER CONSTRAINT {{}} {how}"
    return sql.SQL(statement).format(sql.Identifier(name))
