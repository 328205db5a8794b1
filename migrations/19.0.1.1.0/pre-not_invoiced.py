"""The columns of what is not invoiced, at once for any number of rows: what was sold
until now stays told as it was."""


def migrate(cr, version):
    cr.execute(
        """
        ALTER TABLE pos_order_line ADD COLUMN IF NOT EXISTS nu_is_not_invoiced boolean
        """
    )
    cr.execute(
        """
        ALTER TABLE account_move ADD COLUMN IF NOT EXISTS nu_amount_not_invoiced numeric
        """
    )
