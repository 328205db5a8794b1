"""Fill the buyer of documents that were issued before orders and invoices kept him.

What DGII got in a signed e-CF is the truth; of paper receipts the contact of today is
the best that is left, and from now on it stays.
"""

from odoo.tools import SQL

ORDERS = SQL(
    """
    UPDATE pos_order o
       SET nu_buyer_name = c.name, nu_buyer_vat = NULLIF(c.vat, ''),
           nu_buyer_foreign_id = NULLIF(c.nu_foreign_id, '')
      FROM nu_pos_ncf n, pos_config r, res_partner p, res_partner c
     WHERE n.id = o.nu_ncf_id AND n.order_id = o.id AND r.id = o.config_id
       AND p.id = o.partner_id AND c.id = p.commercial_partner_id
       AND p.id IS DISTINCT FROM r.nu_default_partner_id
       AND o.nu_buyer_name IS NULL
    """
)
INVOICES = SQL(
    """
    UPDATE account_move m
       SET nu_buyer_name = CASE WHEN o.id IS NULL THEN c.name ELSE o.nu_buyer_name END,
           nu_buyer_vat =
               CASE WHEN o.id IS NULL THEN NULLIF(c.vat, '') ELSE o.nu_buyer_vat END,
           nu_buyer_foreign_id =
               CASE WHEN o.id IS NULL THEN NULLIF(c.nu_foreign_id, '')
                    ELSE o.nu_buyer_foreign_id END
      FROM nu_pos_ncf n LEFT JOIN pos_order o ON o.id = n.order_id,
           res_partner p, res_partner c
     WHERE n.id = m.nu_ncf_id AND m.state = 'posted'
       AND m.move_type IN ('out_invoice', 'out_refund')
       AND p.id = m.partner_id AND c.id = p.commercial_partner_id
       AND m.nu_buyer_name IS NULL
    """
)


def _as_signed(table):
    return SQL(
        """
        UPDATE %s sold
           SET nu_buyer_name = COALESCE(signed.buyer_name, sold.nu_buyer_name),
               nu_buyer_vat = signed.buyer_rnc
          FROM (SELECT DISTINCT ON (ncf_id) ncf_id, buyer_name, buyer_rnc
                  FROM nu_pos_ecf ORDER BY ncf_id, id DESC) signed
         WHERE signed.ncf_id = sold.nu_ncf_id AND signed.buyer_rnc IS NOT NULL
           AND sold.nu_buyer_name IS NOT NULL
        """,
        SQL.identifier(table),
    )


def migrate(cr, version):
    marker = "SELECT set_config('nu_pos.unsealed', %s, true)"
    cr.execute(marker, ["on"])
    for statement in (
        ORDERS,
        INVOICES,
        _as_signed("pos_order"),
        _as_signed("account_move"),
    ):
        cr.execute(statement)
    cr.execute(marker, [""])
