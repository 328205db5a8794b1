"""A cap of 0 meant no limit; now it means none, and who is capped is said apart."""

from odoo.tools import SQL


def migrate(cr, version):
    for table in ("res_users", "hr_employee"):
        cr.execute(
            SQL(
                "UPDATE %s SET nu_discount_capped = TRUE WHERE nu_max_discount > 0",
                SQL.identifier(table),
            )
        )
