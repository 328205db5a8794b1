"""What the kitchen has of open checks: all of those that were sent."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE pos_order_line l
           SET nu_sent_qty = l.qty
          FROM pos_order o
         WHERE o.id = l.order_id AND o.state = 'draft'
           AND o.nu_kitchen_status IN ('sent', 'changed') AND l.qty > 0
        """
    )
