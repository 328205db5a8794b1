"""The secret that closes private keys at rest. It is kept outside the database: a dump
alone opens nothing."""

import os
import secrets
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
        return path.read_bytes()
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
    path.parent.mkdir(parents=True, exist_ok=True)
    secret = secrets.token_urlsafe(48).encode()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        # another process made it at this moment
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        file.write(secret)
    return secret
