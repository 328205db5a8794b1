"""Set-up in one call: Odoo, its packages, PostgreSQL and the addon, ready to run.

>>> env = prepare()                                       # doctest: +SKIP
>>> with database.fresh(env, "bench") as db, server.run(env, db, workers=2) as odoo:
...     odoo.url                                          # doctest: +SKIP
"""

import configparser
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from . import entry, fetch, home, postgres, programs, tree

LAUNCHER = Path(__file__).parent / "launcher" / "start_odoo"
PLUGINS = Path(__file__).parent / "plugins"


@dataclass(frozen=True)
class Environment:
    """Everything a tool needs to run Odoo with the addon.

    ``python`` is the interpreter with all packages, ``odoo`` says where Odoo is,
    ``server`` how to reach PostgreSQL, ``snapshot`` which copy of the addon is used;
    ``programs`` are folders with the programs that the system does not have.
    """

    python: Path
    odoo: fetch.Odoo
    server: postgres.Server
    snapshot: tree.Snapshot
    programs: tuple = ()

    @property
    def addons_path(self):
        """Return the folders with addons, ours first."""
        return [self.snapshot.addons, *self.odoo.addons]

    def command(self, *arguments):
        """Return a command line of Odoo."""
        return [str(self.python), str(LAUNCHER), *map(str, arguments)]

    def environ(self, config=None, **more):
        """Return the environment variables for a process that imports Odoo."""
        env = dict(os.environ, **more)
        env["PYTHONPATH"] = os.pathsep.join([str(self.odoo.library), str(PLUGINS)])
        env["PYTHONUNBUFFERED"] = "1"
        path = env.get("PATH", os.defpath)
        env["PATH"] = os.pathsep.join([path, *map(str, self.programs)])
        # Copies of a template open the certificates that were loaded into it.
        env["NU_POS_ECF_SECRET"] = signing_secret()
        # Odoo works in UTC, and so must what it starts.
        env["TZ"] = "UTC"
        for name in ("ODOO_RC", "OPENERP_SERVER", "PGDATABASE", "PGAPPNAME"):
            env.pop(name, None)
        # Compiling Odoo anew costs a third of each start. What is compiled is kept, in
        # the tools' own folder, wherever the sources lie and whoever wants none there.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        env["PYTHONPYCACHEPREFIX"] = str(home.folder("compiled"))
        if config:
            env["ODOO_RC"] = str(config)
        return env

    def write_config(self, path, database, data, **options):
        """Write Odoo's configuration file; ``options`` go in as they are."""
        values = {
            "addons_path": ",".join(map(str, self.addons_path)),
            "admin_passwd": os.urandom(16).hex(),
            "data_dir": data,
            "db_host": self.server.host,
            "db_port": self.server.port,
            "db_user": self.server.user,
            "db_name": database,
            "db_maxconn": 24,
            "http_interface": "127.0.0.1",
            "list_db": False,
            "limit_time_cpu": 3600,
            "limit_time_real": 7200,
            "max_cron_threads": 0,
            "workers": 0,
        }
        if self.server.password:
            values["db_password"] = self.server.password
        values.update(options)
        Path(data).mkdir(parents=True, exist_ok=True)
        parser = configparser.RawConfigParser()
        parser["options"] = {name: str(value) for name, value in values.items()}
        # It may hold the database's password.
        with open(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w"
        ) as f:
            parser.write(f)
        return path


def prepare(browser=False):
    """Fetch, install and start what is missing, and return the environment.

    With ``browser`` nothing may be missing that a test needs; without, a tool serves
    also where receipts cannot be printed.
    """
    odoo = fetch.ensure()
    if browser:
        folders = programs.ensure(programs.WKHTMLTOPDF, programs.CHROMIUM)
    else:
        folders = programs.ensure_or_say(programs.WKHTMLTOPDF)
    server = postgres.ensure()
    snapshot = tree.take(entry.CHECKOUT)
    return Environment(Path(sys.executable), odoo, server, snapshot, folders)


def signing_secret():
    """Return the secret that closes the signing keys of the tools' databases."""
    path = home.home() / "signing_secret"
    if not path.exists():
        home.write_atomically(str(path), os.urandom(32).hex())
    # one that an earlier version wrote was readable by everybody
    path.chmod(0o600)
    return path.read_text().strip()


def state():
    """Return the folder that holds all state, for messages."""
    return home.home()
