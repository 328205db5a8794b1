"""Databases for a run: cloned from a template, dropped when the run ends."""

import contextlib
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from . import home, templates
from .postgres import Server
from .progress import step


@dataclass(frozen=True)
class Database:
    """A database, with the addon and its demo data unless another template was asked
    for, and a folder for its run's files."""

    name: str
    folder: Path
    server: Server

    @property
    def uri(self):
        """Return its libpq address."""
        return self.server.uri(self.name)

    def connect(self):
        """Give an autocommit psycopg2 connection, as a context manager."""
        return self.server.connect(self.name)

    def query(self, statement, parameters=()):
        """Run one statement and return its rows."""
        return self.server.query(statement, parameters, self.name)


@contextlib.contextmanager
def fresh(env, purpose="run", template=templates.ensure):
    """Give a new database that nobody else uses; it is gone after the block.

    ``template`` returns the name of what it is a copy of. Should the run be killed,
    the next one drops what it left.
    """
    sweep(env.server)
    name = f"nu_{purpose}_{os.getpid()}_{uuid.uuid4().hex[:6]}"
    lock = home.FileLock(_runs() / f"{name}.lock")
    lock.acquire()
    folder = home.folder("runs", name)
    try:
        lock.file.write(_address(env.server))
        lock.file.flush()
        _clone(env, name, template)
        yield Database(name, folder, env.server)
    finally:
        _clear(env.server, name)
        lock.path.unlink(missing_ok=True)
        lock.release()


def persistent(env, name):
    """Return the database ``name``, made from the template if it is not there yet."""
    with home.locked(f"database-{name}"):
        found = env.server.query("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not found:
            _clone(env, name)
    return Database(name, home.folder("persistent", name), env.server)


def _clone(env, name, template=templates.ensure):
    """Clone the template; should it be pruned at that very moment, make it again."""
    for attempt in range(3):
        source = template(env)
        try:
            with step(f"Creating the database {name}"):
                templates.clone(env.server, source, name)
            break
        except psycopg2.errors.InvalidCatalogName:
            if attempt == 2:
                raise
    templates.touch(env.server, source)


def sweep(server):
    """Drop what runs that were killed have left on this server."""
    for path in _runs().glob("*.lock"):
        lock = home.FileLock(path)
        if not lock.acquire(wait=False):
            continue
        if path.read_text() in ("", _address(server)):
            _clear(server, path.stem)
            path.unlink(missing_ok=True)
        lock.release()


def _clear(server, name):
    templates.drop(server, name)
    home.remove(_runs() / name)


def _runs():
    return home.folder("runs")


def _address(server):
    return f"{server.host}:{server.port}"
