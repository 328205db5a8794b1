"""Odoo inside this process: a registry on a database, called as its RPC would."""

import contextlib
import os
import sys
import tempfile
import threading
from pathlib import Path

from _lib import logs
from _lib.tree import ADDON


def preload(env):
    """Import Odoo and the addon's modules, once for all processes forked from this one;
    each makes its own registry and connections."""
    with tempfile.TemporaryDirectory() as folder:
        config = env.write_config(Path(folder) / "odoo.conf", "", Path(folder) / "data")
        _enter(env, config, setup_logging=False)
        from odoo.modules.module import Manifest, initialize_sys_path
        from odoo.modules.module import load_openerp_module as load

        initialize_sys_path()
        wanted = ["base", "web", ADDON]
        for name in wanted:
            wanted += set(Manifest.for_addon(name)["depends"]).difference(wanted)
        for name in wanted:
            load(name)


def prepare(env, db):
    """Make this process an Odoo that works on the server of ``db``; done once."""
    log = logs.new(f"{db.name}-inside")
    config = env.write_config(
        db.folder / "inside.conf", db.name, db.folder / "data", logfile=log
    )
    _enter(env, config, setup_logging=True)


def _enter(env, config, **options):
    """Import Odoo with a configuration file."""
    wanted = env.environ(config)
    os.environ.clear()
    os.environ.update(wanted)
    # this process has started already
    sys.pycache_prefix = wanted["PYTHONPYCACHEPREFIX"]
    sys.dont_write_bytecode = False
    if str(env.odoo.library) not in sys.path:
        sys.path.insert(0, str(env.odoo.library))

    import odoo.init  # noqa: F401
    from odoo.tools import config as settings

    settings.parse_config(["-c", str(config)], **options)


class Site:
    """One database and its registry."""

    def __init__(self, db):
        from odoo.modules.registry import Registry

        self.db = db
        threading.current_thread().dbname = db.name
        self.registry = Registry(db.name)

    @contextlib.contextmanager
    def transaction(self, uid=1, **context):
        """Give an environment; what was done is committed after the block."""
        from odoo import api

        with self.registry.cursor() as cr:
            yield api.Environment(cr, uid, context)

    def rpc(self, uid, model, method, *arguments, **context):
        """Call a model method as ``execute_kw`` does after it has checked the password:
        signaling, a cursor, a cold cache, retries, commit."""
        from odoo.service.model import execute_cr

        self.registry.check_signaling()
        with self.registry.cursor() as cr:
            answer = execute_cr(cr, uid, model, method, arguments, {"context": context})
        self.registry.signal_changes()
        return answer


def query_count():
    """Return how many queries this process has sent so far, whatever the cursor."""
    from odoo import sql_db

    return sql_db.sql_counter


def leave_connections():
    """Close all connections, so that forked processes share none."""
    from odoo import sql_db

    sql_db.close_all()
