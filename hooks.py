"""Installation and removal in a database that has lived."""

import logging
from pathlib import Path

from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, config

_logger = logging.getLogger(__name__)


def pre_init_hook(env):
    """Let orders of before the installation keep the references they share.

    Plain Odoo never promised that ``pos_reference`` is unique. The unique index of this
    addon counts ``nu_reference_twin`` too: 0 for every order from now on, so that their
    references are unique, and the order's own id for all but the newest of old twins.
    """
    env.cr.execute(
        """
        ALTER TABLE pos_order ADD COLUMN IF NOT EXISTS nu_reference_twin integer
            NOT NULL DEFAULT 0
        """
    )
    env.cr.execute(
        """
        UPDATE pos_order o SET nu_reference_twin = o.id
          FROM (SELECT id, row_number() OVER (
                           PARTITION BY company_id, pos_reference ORDER BY id DESC
                       ) AS place
                  FROM pos_order WHERE pos_reference IS NOT NULL) twins
         WHERE twins.id = o.id AND twins.place > 1
        """
    )
    if env.cr.rowcount:
        _logger.info(
            "%s old orders share their reference with a newer one", env.cr.rowcount
        )
    # Payments of before tell their kind by their method: made by Odoo itself, the
    # column would be computed for each of them.
    env.cr.execute("ALTER TABLE pos_payment ADD COLUMN IF NOT EXISTS nu_kind varchar")


def post_init_hook(env):
    """Refuse an installation that lacks an index, constraint or trigger: Odoo would
    only log it.

    :raise UserError: with the list of what could not be made
    """
    from .models.upkeep.guarantees import Guarantees  # models are loaded by now

    if missing := Guarantees(env).missing():
        raise UserError(
            env._(
                "Not installed: the database cannot give these guarantees, see Odoo's "
                "log for the reason.\n%s",
                "\n".join(missing),
            )
        )


def uninstall_hook(env):
    """Refuse to drop evidence that is not exported; then remove what Odoo would leave:
    functions with their triggers, staging table, sequence, parameters, secrets.

    Runs also when an addon below this one is uninstalled.

    :raise UserError: there is evidence, and no export of it
    """
    from .models.evidence.audit_key import HeadFile
    from .models.upkeep.guarantees import function_bodies

    env["ir.module.module"]._nu_check_evidence()
    heads = HeadFile.of(env)
    names = tuple(function_bodies())
    env.cr.execute(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE proname IN %s"
        " AND pronamespace = current_schema::regnamespace",
        [names],
    )
    for (signature,) in env.cr.fetchall():
        # the text comes from the catalogue, quoted as PostgreSQL wants it
        env.cr.execute(SQL(f"DROP FUNCTION IF EXISTS {signature} CASCADE"))
    env.cr.execute("DROP TABLE IF EXISTS nu_pos_rnc_staging")
    env.cr.execute("DROP SEQUENCE IF EXISTS nu_pos_order_tracking_seq")
    ours = ["nu\\_pos.%", "nu\\_restaurant\\_pos.%"]
    env["ir.config_parameter"].sudo().search(
        Domain.OR(Domain("key", "=like", prefix) for prefix in ours)
    ).unlink()
    files = [Path(config["data_dir"]) / "nu_pos" / f"{env.cr.dbname}.secret"]
    if heads:
        files += [heads.path, heads.path.with_suffix(".lock")]

    def forget():
        for path in files:
            path.unlink(missing_ok=True)

    env.cr.postcommit.add(forget)
