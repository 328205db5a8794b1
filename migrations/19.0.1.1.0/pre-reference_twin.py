"""The column of the new unique index of references, at once for any number of rows:
the ORM would write each of them."""


def migrate(cr, version):
    cr.execute(
        """
        ALTER TABLE pos_order ADD COLUMN IF NOT EXISTS nu_reference_twin integer
            NOT NULL DEFAULT 0
        """
    )
