"""Amounts that were stored with the wrong sign, and checks without a name."""


def migrate(cr, version):
    """Run before the guards of this version are in place."""
    _tips_of_discounts(cr)
    _names_of_open_checks(cr)
    _net_of_electronic_receipts(cr)


def _tips_of_discounts(cr):
    """ITBIS and legal tip of tickets of Odoo's screen with a discount line, sales and
    refunds: its tip was added instead of taken off, so it is taken off twice."""
    cr.execute(
        """
        WITH tip AS (
            SELECT id, amount FROM account_tax
             WHERE nu_kind = 'tip' AND amount_type <> 'group'
             UNION
            SELECT held.parent_tax, tax.amount
              FROM account_tax_filiation_rel held
              JOIN account_tax tax ON tax.id = held.child_tax
             WHERE tax.nu_kind = 'tip'
        ), wrong AS (
            SELECT o.id,
                   2 * SUM(round(abs(line.price_subtotal) * tip.amount / 100, 2)) AS tip
              FROM pos_order o
              JOIN pos_order_line line ON line.order_id = o.id
              JOIN account_tax_pos_order_line_rel bears
                ON bears.pos_order_line_id = line.id
              JOIN tip ON tip.id = bears.account_tax_id
             WHERE o.source <> 'nu_hub' AND o.nu_ncf_id IS NOT NULL
               AND line.price_unit < 0 AND (line.qty > 0) = (o.nu_amount_tip > 0)
             GROUP BY o.id
        )
        UPDATE pos_order o
           SET nu_amount_tip = o.nu_amount_tip - sign(o.nu_amount_tip) * wrong.tip,
               nu_amount_itbis = o.nu_amount_itbis + sign(o.nu_amount_tip) * wrong.tip
          FROM wrong
         WHERE o.id = wrong.id AND abs(o.nu_amount_tip) >= wrong.tip
        """
    )


def _names_of_open_checks(cr):
    """An open check of a hub without table and name was the direct sale of Odoo's
    screen, into which its next order fell."""
    cr.execute(
        """
        UPDATE pos_order SET floating_order_name = '#' || tracking_number
         WHERE source = 'nu_hub' AND state = 'draft' AND table_id IS NULL
           AND COALESCE(floating_order_name, '') = '' AND tracking_number IS NOT NULL
        """
    )


def _net_of_electronic_receipts(cr):
    """Lists add credit notes with their sign: here, so that no ORM rewrites rows that
    hold a signed document."""
    cr.execute(
        """
        ALTER TABLE nu_pos_ecf ADD COLUMN IF NOT EXISTS amount_net numeric;
        UPDATE nu_pos_ecf SET amount_net = amount_total * CASE left(name, 3)
               WHEN 'E34' THEN -1 WHEN 'E41' THEN 0 WHEN 'E43' THEN 0 WHEN 'E47' THEN 0
               ELSE 1 END
         WHERE amount_net IS NULL
        """
    )
