"""Keep how each payment was made, by what its method is called today: the best that is
left.

Run before rows of numbered sales are sealed, and before Odoo would compute the column
for each of them.
"""


def migrate(cr, version):
    cr.execute("ALTER TABLE pos_payment ADD COLUMN IF NOT EXISTS nu_kind varchar")
    cr.execute(
        """
        UPDATE pos_payment paid
           SET nu_kind = COALESCE(method.nu_kind,
                   CASE journal.type WHEN 'cash' THEN 'cash' WHEN 'bank' THEN 'card'
                        ELSE 'credit' END)
          FROM pos_payment_method method
          LEFT JOIN account_journal journal ON journal.id = method.journal_id
         WHERE method.id = paid.payment_method_id AND paid.nu_kind IS NULL
        """
    )
