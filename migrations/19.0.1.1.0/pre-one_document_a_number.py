"""A number stands on one document.

Until now a sale could be given the number of another one, or of an invoice. The ledger
says whose it is; the other documents lose it here, so that the unique indexes can be
made, and are listed in the audit by the script that runs after them. They are sales
without a number then, which the month reports.
"""

OBSOLETE_INDEXES = ("pos_order__nu_ncf_id_index", "account_move__nu_ncf_id_index")

FOREIGN = """
    CREATE TABLE nu_pos_ncf_foreign AS
    SELECT o.id AS order_id, NULL::integer AS move_id, n.id AS ncf_id, n.name
      FROM pos_order o JOIN nu_pos_ncf n ON n.id = o.nu_ncf_id
     WHERE n.order_id IS NOT NULL AND n.order_id <> o.id
        OR n.order_id IS NULL AND n.move_id IS NOT NULL
        OR n.order_id IS NULL AND EXISTS (
               SELECT 1 FROM pos_order other
                WHERE other.nu_ncf_id = n.id AND other.id < o.id)
     UNION ALL
    SELECT NULL, m.id, n.id, n.name
      FROM account_move m JOIN nu_pos_ncf n ON n.id = m.nu_ncf_id
     WHERE n.move_id IS DISTINCT FROM m.id
       AND (n.move_id IS NOT NULL OR n.order_id IS NOT NULL)
       AND NOT EXISTS (SELECT 1 FROM pos_order o
                        WHERE o.id = n.order_id AND o.account_move = m.id)
"""


def migrate(cr, version):
    """Take numbers off the documents that are not their own."""
    for name in OBSOLETE_INDEXES:
        cr.execute(f"DROP INDEX IF EXISTS {name}")
    cr.execute("DROP TABLE IF EXISTS nu_pos_ncf_foreign")
    cr.execute(FOREIGN)
    cr.execute(
        "UPDATE pos_order o SET nu_ncf_id = NULL, nu_ncf = NULL"
        "  FROM nu_pos_ncf_foreign f WHERE f.order_id = o.id"
    )
    cr.execute(
        "UPDATE account_move m SET nu_ncf_id = NULL, nu_ncf = NULL"
        "  FROM nu_pos_ncf_foreign f WHERE f.move_id = m.id"
    )
