"""Template databases: made once for what they depend on, cloned in a second or two.

The *base* has the modules of Odoo that the addon depends on; its key is made of Odoo
and their list. The *addon* template is its clone with the addon and its demo data; its
key is made of the base and of every file an installation reads. Both are built under a
scratch name and renamed when whole. PostgreSQL's own advisory locks keep runs apart, so
the runs of several users or machines can share one server.
"""

import contextlib
import hashlib
import json
import signal
import subprocess
import time
import uuid

import psycopg2
from psycopg2 import sql

from . import home, logs
from .process import die_with_parent
from .progress import Failure, say, step
from .tree import ADDON

# Several checkouts work side by side: none may lose its template to the others.
KEEP = 12
BASE_MODULES = ("pos_restaurant", "pos_hr", "l10n_do", "l10n_latam_invoice_document")
_BASE, _ADDON, _SCRATCH = "nu_base_", "nu_addon_", "nu_tmp_"

# A clone must be complete in itself, so attachments live in the database. The demo mark
# lets our own demo data load without everybody else's.
_FINISH_BASE = """
env["ir.config_parameter"].set_param("ir_attachment.location", "db")
# Their files are still where the installation put them.
env["ir.attachment"].force_storage()
env.cr.execute("UPDATE ir_module_module SET demo = true WHERE state = 'installed'")
env.cr.commit()
"""


def ensure(env):
    """Return the name of the template that holds the addon and its demo data."""
    base = ensure_base(env)
    key = _digest(base, env.snapshot.installed)
    name = _ADDON + key

    def fill(scratch):
        with step(f"Installing {ADDON} with its demo data"):
            clone(env.server, base, scratch)
            log = _install(env, scratch, [ADDON], "--with-demo")
            _check_addon(env, scratch, log)

    return _ensure(env.server, name, fill)


def ensure_base(env, modules=None):
    """Return the name of the template that holds the modules of Odoo's only.

    ``modules`` are those of the addon as it is, or those an older version had.
    """
    if modules is None:
        modules = {*BASE_MODULES, *env.snapshot.manifest().get("depends", ())}
    modules = sorted(modules)
    name = _BASE + _digest(env.odoo.version, *modules, _FINISH_BASE)

    def fill(scratch):
        with step(f"Installing Odoo's modules ({', '.join(modules)})"):
            _create(env.server, scratch)
            log = _install(env, scratch, modules)
            serious = [line for line in logs.problems(log) if " WARNING " not in line]
            if serious:
                raise Failure(_found("Odoo's modules were installed", serious, log))
        with step("Making the base template complete in itself"):
            _odoo(env, scratch, ["shell"], logs.new(scratch), script=_FINISH_BASE)
            _check_attachments(env, scratch)

    return _ensure(env.server, name, fill)


def _check_attachments(env, database):
    """Refuse a template that has not the content of its attachments in itself."""
    lost = env.server.query(
        "SELECT count(*) FROM ir_attachment WHERE store_fname IS NOT NULL "
        "OR COALESCE(octet_length(db_datas), 0) < COALESCE(file_size, 0)",
        database=database,
    )
    if lost[0][0]:
        raise Failure(f"The content of {lost[0][0]} attachments is not in {database}.")


def _digest(*parts):
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


# --- building -------------------------------------------------------------------------


def _ensure(server, name, fill):
    """Build template ``name`` with ``fill(scratch name)`` unless it is there."""
    if _exists(server, name):
        return name
    with _lock(server, name):
        if _exists(server, name):
            return name
        prefix = f"{_SCRATCH}{name.removeprefix('nu_')}_"
        for leftover in _named(server, prefix):
            drop(server, leftover)
            home.remove(home.folder("runs") / leftover)
        scratch = prefix + uuid.uuid4().hex[:6]
        try:
            fill(scratch)
            _rename(server, scratch, name)
        finally:
            drop(server, scratch)
            # Attachments lay here until they were taken into the database.
            home.remove(home.folder("runs") / scratch)
        _mark(server, name)
        _prune(server, name)
    return name


@contextlib.contextmanager
def _lock(server, name):
    """Hold the server's advisory lock for a template; the session's end frees it."""
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        if not cursor.fetchone()[0]:
            say("Waiting for another run that builds the same database template")
            cursor.execute("SELECT pg_advisory_lock(%s)", [key])
        yield


def _rename(server, scratch, name):
    _execute(server, "ALTER DATABASE {} RENAME TO {}", scratch, name)
    _execute(server, "ALTER DATABASE {} ALLOW_CONNECTIONS false", name)


def _install(env, database, modules, *options):
    log = logs.new(database)
    _odoo(env, database, ["-i", ",".join(modules), "--stop-after-init", *options], log)
    rows = env.server.query(
        "SELECT name FROM ir_module_module WHERE state = 'installed'", database=database
    )
    missing = sorted(set(modules) - {row[0] for row in rows})
    if missing:
        raise Failure(
            f"Not installed: {', '.join(missing)}. The end of {log}:\n{logs.tail(log)}"
        )
    return log


def _odoo(env, database, arguments, log, script=None):
    """Run Odoo on a database to its end, with its log in a file of its own."""
    folder = home.folder("runs", database)
    config = folder / "odoo.conf"
    env.write_config(config, database, folder / "data", logfile=log)
    result = subprocess.run(
        env.command(*arguments, "--no-http"),
        env=env.environ(config),
        input=script or "",
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd=folder,
        preexec_fn=die_with_parent(signal.SIGKILL),
    )
    if result.returncode or "Traceback (most recent call last)" in result.stderr:
        raise Failure(
            f"Odoo ended with status {result.returncode}. The end of {log}:\n"
            f"{logs.tail(log)}\n{result.stderr[-3000:]}"
        )


def _check_addon(env, database, log):
    """Refuse a template whose installation was not clean."""
    failures = env.server.query("SELECT error FROM ir_demo_failure", database=database)
    found = [f"demo data: {row[0]}" for row in failures] + logs.problems(log)
    if found:
        raise Failure(_found(f"{ADDON} was installed", found, log))


def _found(what, lines, log):
    listed = "\n".join(lines)
    return f"{what}, but not cleanly (all of it in {log}):\n{listed}"


# --- databases ------------------------------------------------------------------------


def _execute(server, statement, *names):
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _create(server, name):
    _execute(
        server,
        "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'",
        name,
    )


def clone(server, template, name, patience=60):
    """Create database ``name`` as a copy of a template."""
    deadline = time.monotonic() + patience
    while True:
        try:
            _execute(server, "CREATE DATABASE {} TEMPLATE {}", name, template)
            return
        except psycopg2.errors.ObjectInUse:
            # A session in the template, such as autovacuum's, is about to leave.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def drop(server, name, patience=60):
    """Drop a database, whoever is still connected to it."""
    deadline = time.monotonic() + patience
    force = " WITH (FORCE)"
    while True:
        try:
            _execute(server, "DROP DATABASE IF EXISTS {}" + force, name)
            return
        except psycopg2.errors.InsufficientPrivilege:
            # Autovacuum is in it, which we may not end by force. Without force it is
            # asked to leave.
            force = ""
        except psycopg2.errors.ObjectInUse:
            force = " WITH (FORCE)"
        if time.monotonic() > deadline:
            raise Failure(f"somebody stays connected to the database {name}")
        time.sleep(0.3)


def _exists(server, name):
    return bool(server.query("SELECT 1 FROM pg_database WHERE datname = %s", [name]))


def _named(server, prefix):
    rows = server.query(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix]
    )
    return [row[0] for row in rows]


# --- keeping few ----------------------------------------------------------------------


def _mark(server, name):
    """Note on the template itself when it was last used."""
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("COMMENT ON DATABASE {} IS %s").format(sql.Identifier(name)),
            [json.dumps({"used": time.time()})],
        )


def _last_used(server, name):
    rows = server.query(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
        "WHERE datname = %s",
        [name],
    )
    try:
        return json.loads(rows[0][0])["used"]
    except (IndexError, TypeError, ValueError, KeyError):
        return 0.0


def touch(server, name):
    """Note that a template was just used, so that it is among the last to go."""
    # Another run may be noting the same, and one of the two is enough.
    with contextlib.suppress(psycopg2.errors.InternalError_):
        _mark(server, name)


def _prune(server, current):
    """Drop all but the templates used last, of the kind just built."""
    kind = _BASE if current.startswith(_BASE) else _ADDON
    others = [name for name in _named(server, kind) if name != current]
    others.sort(key=lambda name: _last_used(server, name), reverse=True)
    for name in others[KEEP - 1 :]:
        # Somebody may be copying it at this moment; the next run will get it.
        with contextlib.suppress(psycopg2.errors.ObjectInUse):
            drop(server, name)
