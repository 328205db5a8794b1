"""A PostgreSQL of the bench's own, which it may kill.

It is an embedded cluster beside the one that all tools share, with a copy of the
addon's template. One run at a time has it; a keeper stops it when the run has gone.
"""

import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from _lib import cluster, database, home, postgres, templates
from _lib.progress import Failure, step

_PATIENCE = 60


class Unavailable(Exception):
    """This machine has no PostgreSQL programs for a cluster of the bench's own."""


class PrivateServer:
    """The running cluster, and how to end it the hard way."""

    def __init__(self, place):
        self.place = place
        self.server = postgres.Server(
            str(place.sockets), cluster.PORT, postgres.ROLE, embedded=True
        )

    def crash(self):
        """Shut it down at once: no checkpoint, all sessions cut; then start it again.

        SIGQUIT to the postmaster is what ``pg_ctl -m immediate stop`` sends.
        """
        pid = int((self.place.data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + _PATIENCE
        while self.place.is_running():
            if time.monotonic() > deadline:
                raise Failure("The bench's PostgreSQL did not end when it was told to.")
            time.sleep(0.02)
        self.place.start()


@contextlib.contextmanager
def fresh(env, name):
    """Give ``(environment, database, PrivateServer)`` on a cluster of its own.

    Raises ``Unavailable`` where there are no embedded PostgreSQL programs.
    """
    folder = home.folder("bench_cluster")
    try:
        place = cluster.Cluster(folder, Path(sys.prefix))
    except Failure as failure:
        raise Unavailable(str(failure)) from failure
    with home.locked("bench-cluster", "another run of this bench"):
        users = home.FileLock(place.users)
        users.acquire(shared=True)
        try:
            with step("Starting a PostgreSQL of the bench's own"):
                place.start()
                place.keep()
                private = PrivateServer(place)
                _prepare(place, private.server)
            template = _template(place, env, private.server)
            templates.clone(private.server, template, name)
            private.server.query("ANALYZE", database=name)
            db = database.Database(name, home.folder("runs", name), private.server)
            try:
                own = dataclasses.replace(env, server=private.server)
                yield own, db, private
            finally:
                place.start()
                templates.drop(private.server, name)
                home.remove(db.folder)
        finally:
            users.release()


def _prepare(place, server):
    administrator = dataclasses.replace(server, user=cluster.ADMINISTRATOR)
    if not administrator.query(
        "SELECT 1 FROM pg_roles WHERE rolname = %s", [postgres.ROLE]
    ):
        administrator.query(f"CREATE ROLE {postgres.ROLE} LOGIN CREATEDB")


def _template(place, env, server):
    """Return the addon's template, copied to this cluster when it changes; all else of
    ours there is left over from earlier runs."""
    wanted = templates.ensure(env)
    kept = templates._exists(server, wanted)
    for leftover in templates._named(server, "nu_"):
        if leftover != wanted:
            templates.drop(server, leftover)
    if not kept:
        with step("Copying the addon's template to it"):
            _copy(place, env, server, "nu_scratch")
        templates._rename(server, "nu_scratch", wanted)
    return wanted


def _copy(place, env, server, name):
    """Copy a fresh database from the shared server: a template takes no connections."""
    templates._create(server, name)
    with database.fresh(env, "bench") as source:
        dump = subprocess.Popen(
            [place.programs / "pg_dump", "--no-owner"],
            env=_reach(source.server, source.name),
            stdout=subprocess.PIPE,
        )
        load = subprocess.run(
            [
                place.programs / "psql",
                "--quiet",
                "--no-psqlrc",
                "--set=ON_ERROR_STOP=1",
            ],
            env=_reach(server, name),
            stdin=dump.stdout,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        dump.stdout.close()
        if dump.wait() or load.returncode:
            raise Failure(f"The template could not be copied: {load.stderr[-800:]}")


def _reach(server, name):
    """Return the environment by which libpq finds a database; no secret in sight."""
    found = server.parameters(name)
    return {
        "PATH": os.environ.get("PATH", ""),
        "PGHOST": found["host"],
        "PGPORT": str(found["port"]),
        "PGUSER": found["user"],
        "PGDATABASE": found["dbname"],
        "PGPASSWORD": found.get("password", ""),
    }
