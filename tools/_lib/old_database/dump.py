"""Reading the difference between two databases, and writing it to a file."""

import json
import lzma
from pathlib import Path

from . import REF, SOFT, Names, table_of
from .schema import Schema, added

# What a server notes for itself.
LEFT_OUT = (
    "bus_bus",
    "ir_cron_progress",
    "ir_cron_trigger",
    "ir_logging",
    "mail_presence",
    "res_device_log",
    "res_users_log",
)
# Changed alone, they mean nothing.
TOUCHED = {"write_date", "write_uid", "lastcall", "nextcall"}
# Bundles are made anew by whoever needs them.
CONDITIONS = {"ir_attachment": "url IS NULL OR url NOT LIKE '/web/assets/%'"}


def difference(base, other):
    """Return what database ``other`` has that ``base`` has not, or has otherwise."""
    with base.connect() as first, other.connect() as second:
        cursors = first.cursor(), second.cursor()
        schemas = [Schema(cursor) for cursor in cursors]
        before, after = added(*schemas)
        names = Names(cursors[0])
        tables = {}
        for table in schemas[1].tables:
            if table in LEFT_OUT:
                continue
            found = _Table(table, schemas, cursors).difference()
            if found:
                tables[table] = found
        _name_all(tables, schemas[1], names, cursors[0])
        return {
            "before": before,
            "after": after,
            "tables": tables,
            "sequences": _sequences(schemas[1], cursors[1]),
        }


class _Table:
    """One table in both databases."""

    def __init__(self, name, schemas, cursors):
        self.name = name
        base, other = schemas
        self.columns = list(other.tables[name])
        known = base.tables.get(name, ())
        self.keys = other.keys.get(name) or tuple(self.columns)
        self.before = self._rows(cursors[0], known) if known else {}
        self.after = self._rows(cursors[1], self.columns)

    def _rows(self, cursor, known):
        columns = [
            f'"{name}"::text' if name in known else "NULL" for name in self.columns
        ]
        listed, where = ", ".join(columns), CONDITIONS.get(self.name, "true")
        cursor.execute(f'SELECT {listed} FROM ONLY "{self.name}" WHERE {where}')
        places = [self.columns.index(key) for key in self.keys]
        return {tuple(row[i] for i in places): row for row in cursor.fetchall()}

    def difference(self):
        new = [list(row) for key, row in self.after.items() if key not in self.before]
        changed = [
            [list(key), changes]
            for key, row in self.after.items()
            if key in self.before
            and not set(changes := self._changes(self.before[key], row)) <= TOUCHED
        ]
        gone = [list(key) for key in self.before if key not in self.after]
        if not (new or changed or gone):
            return None
        columns = [
            index
            for index in range(len(self.columns))
            if any(row[index] is not None for row in new)
        ]
        return {
            "key": list(self.keys),
            "columns": [self.columns[index] for index in columns],
            "new": [[row[index] for index in columns] for row in new],
            "changed": changed,
            "gone": gone,
        }

    def _changes(self, before, after):
        return {
            name: after[index]
            for index, name in enumerate(self.columns)
            if before[index] != after[index]
        }


def _name_all(tables, schema, names, cursor):
    """Put XML ids in the place of numbers of Odoo's own records."""
    known = {}

    def named(table, value):
        if value is None:
            return value
        if table not in known:
            known[table] = set()
            if "id" in schema.tables.get(table, ()):
                cursor.execute("SELECT to_regclass(%s)", [table])
                if cursor.fetchone()[0]:
                    cursor.execute(f'SELECT id::text FROM ONLY "{table}"')
                    known[table] = {row[0] for row in cursor.fetchall()}
        name = names.names.get((table, value)) if value in known[table] else None
        return REF + name if name else value

    for table, found in tables.items():
        targets = found["references"] = {
            column: schema.references[table, column]
            for column in schema.tables[table]
            if (table, column) in schema.references
        }
        for row in found["new"]:
            for index, column in enumerate(found["columns"]):
                if column in targets:
                    row[index] = named(targets[column], row[index])
            _name_soft(table, found["columns"], row, named)
        for key, values in found["changed"]:
            _name_key(table, found["key"], key, targets, named)
            for column in values:
                if column in targets:
                    values[column] = named(targets[column], values[column])
        for key in found["gone"]:
            _name_key(table, found["key"], key, targets, named)


def _name_key(table, columns, key, targets, named):
    for index, column in enumerate(columns):
        target = table if column == "id" else targets.get(column)
        if target:
            key[index] = named(target, key[index])


def _name_soft(table, columns, row, named):
    for name, model, number in SOFT:
        if table == name and {model, number} <= set(columns):
            owner = row[columns.index(model)]
            index = columns.index(number)
            if owner:
                row[index] = named(table_of(owner), row[index])


def _sequences(schema, cursor):
    """Return where the sequences stand that are nobody's ``id``."""
    values = {}
    for name, (_table, column) in schema.owned.items():
        if column is None:
            cursor.execute(f'SELECT last_value, is_called FROM "{name}"')
            values[name] = list(cursor.fetchone())
    return values


def write(made, path):
    """Write a difference and return the size of the file."""
    text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
    Path(path).write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    return Path(path).stat().st_size
