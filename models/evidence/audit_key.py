"""What protects the audit chain from whoever owns the database: a secret and a record
of chain heads, both in files of the server."""

import fcntl
import hashlib
import hmac
import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from odoo.sql_db import Cursor
from odoo.tools import config

from ...fiscal import chain
from . import secret as nu_pos_ecf_secret

_PURPOSE = b"nu_restaurant_pos audit chain 1"


def authentication_key(env):
    """Key of the authentication codes of seals, derived from the server's secret; the
    secret is made when there is none yet.

    :return: bytes
    """
    secret = nu_pos_ecf_secret.read(env, create=True)
    return hmac.new(secret, _PURPOSE, hashlib.sha256).digest()


@dataclass(frozen=True)
class Head:
    """Last entry of a chain that this server has sealed (``seq``, ``hash``), and the
    entry up to which it vouches for entries without its own code (``trusted_seq``)."""

    seq: int = 0
    hash: str = chain.GENESIS
    trusted_seq: int = 0


class HeadFile:
    """Heads of the chains of one database, in a file beside the server's secret.

    Whoever can write the database can cut the end of a chain off together with all
    that attests it; the file still has the head. It is named after the database's
    UUID: a copy under a new UUID begins anew, a restored backup is noticed and has to
    be accepted by a person (``nu_audit accept``).
    """

    def __init__(self, path):
        self.path = Path(path)

    @classmethod
    def of(cls, env):
        """The file of a database, None inside a test, where what is sealed is rolled
        back."""
        if not isinstance(env.cr, Cursor):
            return None
        env.cr.execute(
            "SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'"
        )
        row = env.cr.fetchone()
        name = row[0] if row else env.cr.dbname
        return cls(Path(config["data_dir"]) / "nu_pos" / f"{name}.heads")

    def noted(self):
        """``{chain id: Head}``; empty when nothing was sealed here yet."""
        try:
            text = self.path.read_text("utf-8")
        except FileNotFoundError:
            return {}
        return {int(name): Head(**head) for name, head in json.loads(text).items()}

    def note(self, chain_id, head):
        """Record the head of a chain; replaced as a whole, so that a crash leaves the
        old file or the new one."""
        with self._lock():
            heads = {**self.noted(), chain_id: head}
            fresh = self.path.with_suffix(".new")
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({k: asdict(v) for k, v in sorted(heads.items())}, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, self.path)

    @contextmanager
    def _lock(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path.with_suffix(".lock"), "w", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
