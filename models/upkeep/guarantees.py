"""Self-check: is everything in this database that the guarantees of the addon rest on?

Odoo logs an index or a constraint it could not make and calls the module installed all
the same; a restored dump, a clean-up by hand or an attacker may leave a trigger off.
The database is therefore compared with what the code declares.
"""

import re
from pathlib import Path

from odoo.orm.table_objects import Constraint, Index
from odoo.tools import SQL, file_path

ADDON = "nu_restaurant_pos"
_FUNCTION = re.compile(
    r"CREATE OR REPLACE FUNCTION (\w+)\s*\(.*?\bAS \$\$(.*?)\$\$", re.S
)
_TRIGGER = re.compile(r"CREATE (?:CONSTRAINT )?TRIGGER (\w+)\s.*?\bON (\w+)", re.S)


def _scripts():
    """Text of each SQL file of the addon's models."""
    folder = Path(file_path(f"{ADDON}/models"))
    return [path.read_text("utf-8") for path in sorted(folder.rglob("*.sql"))]


def function_bodies():
    """``{name: {body, ...}}`` of the SQL functions the addon makes."""
    bodies = {}
    for script in _scripts():
        for name, body in _FUNCTION.findall(script):
            bodies.setdefault(name, set()).add(body)
    return bodies


def triggers():
    """``{(name, table)}`` of the triggers the addon makes."""
    return {pair for script in _scripts() for pair in _TRIGGER.findall(script)}


class Guarantees:
    """Compares the database of an environment with what the addon declares."""

    def __init__(self, env):
        self.env = env

    def missing(self):
        """What is not there as declared, one text each; empty when all is well.

        Names are those of the database, so that a database administrator finds them.
        """
        return [
            *self._missing_table_objects(),
            *self._missing_functions(),
            *self._missing_triggers(),
        ]

    def broken_ranges(self):
        """Ranges whose numbers do not add up, one text each."""
        self.env.cr.execute("SELECT * FROM nu_pos_ncf_invariant() WHERE NOT ok")
        return [
            f"range {row['range_id']} ({row['prefix']}): "
            + ", ".join(f"{k} {v}" for k, v in row.items() if k not in _IDENTITY)
            for row in self.env.cr.dictfetchall()
        ]

    def _missing_table_objects(self):
        indexes, constraints = self._indexes(), self._constraints()
        for model in self.env.values():
            if model._abstract or not model._auto:
                continue
            for declared in model._table_objects.values():
                if declared._module != ADDON:
                    continue
                name = declared.full_name(model)
                if isinstance(declared, Constraint):
                    if name not in constraints:
                        yield f"constraint {name}"
                elif isinstance(declared, Index):
                    definition = declared.get_definition(self.env.registry)
                    if definition and indexes.get(name) != definition:
                        yield f"index {name}"

    def _indexes(self):
        """``{name: definition}`` of the valid indexes; the definition is the comment
        that Odoo leaves on what it made."""
        self.env.cr.execute(
            """
            SELECT c.relname, obj_description(c.oid, 'pg_class')
              FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
             WHERE c.relnamespace = current_schema::regnamespace
               AND i.indisvalid AND i.indisready
            """
        )
        return dict(self.env.cr.fetchall())

    def _constraints(self):
        self.env.cr.execute(
            """
            SELECT conname FROM pg_constraint
             WHERE connamespace = current_schema::regnamespace AND convalidated
            """
        )
        return {row[0] for row in self.env.cr.fetchall()}

    def _missing_functions(self):
        bodies = function_bodies()
        self.env.cr.execute(
            SQL(
                """
                SELECT proname, prosrc FROM pg_proc
                 WHERE pronamespace = current_schema::regnamespace AND proname IN %s
                """,
                tuple(bodies),
            )
        )
        there = {}
        for name, body in self.env.cr.fetchall():
            there.setdefault(name, set()).add(body)
        for name, body in sorted(bodies.items()):
            if not body <= there.get(name, set()):
                yield f"function {name}"

    def _missing_triggers(self):
        self.env.cr.execute(
            """
            SELECT t.tgname, c.relname FROM pg_trigger t
              JOIN pg_class c ON c.oid = t.tgrelid
             WHERE c.relnamespace = current_schema::regnamespace
               AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
            """
        )
        there = set(self.env.cr.fetchall())
        for name, table in sorted(triggers() - there):
            yield f"trigger {name} on {table}"


_IDENTITY = ("range_id", "prefix", "ok")
