"""Making an old database anew: its difference, into one with Odoo's modules."""

import io
import json
import lzma
from pathlib import Path

from . import REF, SOFT, Names, table_of
from .schema import Schema, deferred


def read(path):
    """Return the difference that a file holds."""
    return json.loads(lzma.decompress(Path(path).read_bytes()))


def load(made, connection):
    """Put a difference into a fresh database with Odoo's modules, in one transaction.

    :raise ValueError: a record of Odoo's that it points at is not there
    """
    connection.autocommit = False
    with connection, connection.cursor() as cursor:
        for statement in made["before"]:
            cursor.execute(statement)
        with deferred(cursor):
            _Loader(made, cursor).load()
        for statement in made["after"]:
            cursor.execute(statement)


class _Loader:
    def __init__(self, made, cursor):
        self.tables, self.sequences = made["tables"], made["sequences"]
        self.cursor = cursor
        self.schema = Schema(cursor)
        self.names = Names(cursor)
        self.moved = {}

    def load(self):
        for table, found in self.tables.items():
            self._make_room(table, found)
        for table, found in self.tables.items():
            self._resolve(table, found)
            self._remove(table, found)
            self._change(table, found)
            self._add(table, found)
        self._count()

    def _make_room(self, table, found):
        """Renumber new rows whose numbers this revision of Odoo uses itself."""
        if found["key"] != ["id"] or not found["new"]:
            return
        place = found["columns"].index("id")
        new = [row[place] for row in found["new"]]
        self.cursor.execute(
            f'SELECT id::text FROM "{table}" WHERE id = ANY(%s::int[])', [new]
        )
        taken = {row[0] for row in self.cursor.fetchall()}
        if taken:
            self.cursor.execute(f'SELECT max(id) FROM "{table}"')
            top = max(self.cursor.fetchone()[0], *map(int, new))
            for number, old in enumerate(sorted(taken, key=int), top + 1):
                self.moved[table, old] = str(number)

    def _target(self, table, value):
        """Return the number of the record of a table that a value of the file means."""
        if value is None:
            return None
        if value.startswith(REF):
            try:
                return self.names.ids[table, value.removeprefix(REF)]
            except KeyError as error:
                name = value.removeprefix(REF)
                raise ValueError(
                    f"This Odoo has no {name} ({table}), which the old database uses: "
                    "make the file anew with tools/old-database."
                ) from error
        return self.moved.get((table, value), value)

    def _resolve(self, table, found):
        columns = found["columns"]
        references = {"id": table, **found["references"]}
        targets = [references.get(name) for name in columns]
        soft = [(model, number) for one, model, number in SOFT if one == table]
        for row in found["new"]:
            for model, number in soft:
                if {model, number} <= set(columns) and row[columns.index(model)]:
                    index = columns.index(number)
                    owner = table_of(row[columns.index(model)])
                    row[index] = self._target(owner, row[index])
            for index, target in enumerate(targets):
                if target:
                    row[index] = self._target(target, row[index])
        for key, values in found["changed"]:
            self._resolve_key(references, found["key"], key)
            for name, value in values.items():
                if name in references:
                    values[name] = self._target(references[name], value)
        for key in found["gone"]:
            self._resolve_key(references, found["key"], key)

    def _resolve_key(self, references, columns, key):
        for index, name in enumerate(columns):
            if name in references:
                key[index] = self._target(references[name], key[index])

    def _where(self, table, found):
        return " AND ".join(
            f'"{name}" = %s::{self.schema.tables[table][name][0]}'
            for name in found["key"]
        )

    def _remove(self, table, found):
        for key in found["gone"]:
            where = self._where(table, found)
            self.cursor.execute(f'DELETE FROM "{table}" WHERE {where}', key)

    def _change(self, table, found):
        for key, values in found["changed"]:
            types = self.schema.tables[table]
            sets = ", ".join(f'"{name}" = %s::{types[name][0]}' for name in values)
            where = self._where(table, found)
            self.cursor.execute(
                f'UPDATE "{table}" SET {sets} WHERE {where}', [*values.values(), *key]
            )
            if self.cursor.rowcount != 1:
                raise ValueError(f"{table} has no row {key}")

    def _add(self, table, found):
        if not found["new"]:
            return
        text = "".join("\t".join(map(_copied, row)) + "\n" for row in found["new"])
        columns = ", ".join(f'"{name}"' for name in found["columns"])
        self.cursor.copy_expert(
            f'COPY "{table}" ({columns}) FROM STDIN', io.StringIO(text)
        )

    def _count(self):
        """Let sequences go on after what they have given."""
        for name, (table, column) in self.schema.owned.items():
            # Of all tables: those of actions share the numbers of their parent.
            if column is not None:
                self.cursor.execute(
                    f"SELECT setval(%s, top) FROM "
                    f'(SELECT max("{column}") AS top FROM "{table}") AS rows '
                    "WHERE top IS NOT NULL",
                    [f'"{name}"'],
                )
        for name, (value, is_called) in self.sequences.items():
            self.cursor.execute(
                "SELECT setval(%s, %s, %s)", [f'"{name}"', value, is_called]
            )


def _copied(value):
    """Return a value as COPY reads it."""
    if value is None:
        return "\\N"
    for found, put in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        value = value.replace(found, put)
    return value
