"""Tell of each document that lost a number that was another's."""

import logging

from odoo import SUPERUSER_ID, api

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Write the audit of what the script before the upgrade took off."""
    cr.execute("SELECT order_id, move_id, name FROM nu_pos_ncf_foreign")
    rows = cr.fetchall()
    cr.execute("DROP TABLE nu_pos_ncf_foreign")
    env = api.Environment(cr, SUPERUSER_ID, {})
    for order_id, move_id, name in rows:
        order = env["pos.order"].browse(order_id or ())
        move = env["account.move"].browse(move_id or ())
        document = order.pos_reference or move.name
        _logger.warning("%s bore the number %s of another document", document, name)
        env["nu_restaurant_pos.order_audit"]._record(
            "taken_off",
            company=order.company_id or move.company_id,
            pos_reference=document,
            order=order,
            ncf=name,
            payload={"move": move_id},
        )
