"""PostgreSQL: the server the environment names, or an embedded one of our own.

The embedded server is one cluster for each ``NU_HOME``, shared by the runs at a time.
Each user holds a shared lock for as long as it lives; a keeper process waits for the
exclusive one and stops the server when the last user has gone, however it went. The
server listens on a Unix socket only.
"""

import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg2

from . import cluster, home
from .progress import Failure

ROLE = "odoo"


@dataclass(frozen=True)
class Server:
    """How to reach PostgreSQL. ``maintenance`` is the database to issue orders from."""

    host: str
    port: int
    user: str
    password: str = ""
    maintenance: str = "postgres"
    embedded: bool = False

    def parameters(self, database=None):
        """Return keyword arguments for ``psycopg2.connect``."""
        parameters = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "dbname": database or self.maintenance,
        }
        if self.password:
            parameters["password"] = self.password
        return parameters

    def uri(self, database=None):
        """Return a libpq address of a database on this server."""
        secret = f":{quote(self.password, safe='')}" if self.password else ""
        place = urlencode({"host": self.host, "port": self.port}, quote_via=quote)
        name = quote(database or self.maintenance, safe="")
        return f"postgresql://{quote(self.user, safe='')}{secret}@/{name}?{place}"

    @contextlib.contextmanager
    def connect(self, database=None):
        """Give an autocommit connection and close it afterwards."""
        connection = psycopg2.connect(**self.parameters(database))
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()

    def query(self, sql, parameters=(), database=None):
        """Run one statement and return its rows (none for a command)."""
        with self.connect(database) as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []


def ensure():
    """Return a server that takes connections and can create databases."""
    if os.environ.get("PGHOST"):
        return _given()
    return _embedded()


def _given():
    user = os.environ.get("PGUSER") or os.environ.get("USER") or "odoo"
    if user == "postgres":
        raise Failure(
            "Odoo refuses to work as the database user postgres.\n"
            "Make a role of its own (createuser --createdb odoo) and set PGUSER=odoo."
        )
    base = {
        "host": os.environ["PGHOST"],
        "port": int(os.environ.get("PGPORT") or 5432),
        "user": user,
        "password": os.environ.get("PGPASSWORD", ""),
    }
    problem = None
    for name in dict.fromkeys(
        [os.environ.get("PGDATABASE"), "postgres", user, "template1"]
    ):
        if not name:
            continue
        server = Server(**base, maintenance=name)
        try:
            rows = server.query(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles "
                "WHERE rolname = current_user"
            )
        except psycopg2.OperationalError as exc:
            problem = problem or exc
            continue
        if not rows[0][0]:
            raise Failure(
                f"The role {user} on {base['host']} may not create databases.\n"
                f"As an administrator of that server: ALTER ROLE {user} CREATEDB;"
            )
        return server
    raise Failure(
        f"No connection to PostgreSQL at {base['host']}:{base['port']} as {user}: "
        f"{problem}\nCheck PGHOST, PGPORT, PGUSER and PGPASSWORD, "
        "or unset PGHOST to use an embedded server."
    )


_user_lock = None


def _embedded():
    global _user_lock
    place = cluster.Cluster(home.folder("postgres"), Path(sys.prefix))
    if _user_lock is None:
        lock = home.FileLock(place.users)
        # Waits for a keeper that is just stopping the server.
        lock.acquire(shared=True)
        _user_lock = lock
    with home.locked("postgres", "another run that starts PostgreSQL"):
        place.start()
        place.keep()
    server = Server(str(place.sockets), cluster.PORT, ROLE, embedded=True)
    administrator = Server(str(place.sockets), cluster.PORT, cluster.ADMINISTRATOR)
    if not administrator.query("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]):
        with contextlib.suppress(psycopg2.errors.DuplicateObject):
            administrator.query(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
    return server


def hand_over():
    """Let the program that replaces this one (``exec``) go on holding the server."""
    if _user_lock is not None:
        os.set_inheritable(_user_lock.file.fileno(), True)
