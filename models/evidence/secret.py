"""The secret that closes private keys at rest. It is kept outside the database: a dump
alone opens nothing."""

import os
import secrets
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from odoo.exceptions import UserError
from odoo.tools import config

#: Option of Odoo's configuration file; several servers over one database share it.
OPTION = "nu_pos_ecf_secret"
#: The same as a variable of the environment, for servers in containers.
VARIABLE = "NU_POS_ECF_SECRET"


def read(env, create=False):
    """The secret of the database, bytes.

    From the configuration file or the environment, else from a file in Odoo's data
    folder that only its user may read.

    :param create: make the file if there is none yet
    :raise UserError: there is none
    """
    told = config.get(OPTION) or os.environ.get(VARIABLE)
    if told:
        return str(told).encode()
    path = Path(config["data_dir"]) / "nu_pos" / f"{env.cr.dbname}.secret"
    try:
        return _read(path)
    except FileNotFoundError as error:
        if not create:
            raise UserError(
                env._(
                    "The secret of the signing keys is not on this server: set "
                    "%(option)s in the configuration file, or bring the file %(name)s "
                    "of the data folder back.",
                    option=OPTION,
                    name=f"nu_pos/{path.name}",
                )
            ) from error
    return _make(path)


def _read(path):
    """The secret of a file; where it is about to be filled, a moment later."""
    for _try in range(20):
        secret = path.read_bytes()
        if secret:
            return secret
        time.sleep(0.05)
    raise FileNotFoundError(path)


def _make(path):
    """The secret of a new file, or of the one that another process made meanwhile.

    It is complete before it has its name: nobody reads a file that is being written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    secret = secrets.token_urlsafe(48).encode()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        # fails if there is one, where a rename would replace it
        os.link(name, path)
    except FileExistsError:
        return _read(path)
    except OSError:
        # a file system without links: the name is taken first, and filled at once
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return _read(path)
        os.replace(name, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)
    return secret
