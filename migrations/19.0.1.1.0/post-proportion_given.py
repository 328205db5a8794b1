"""A coefficient of proportion that a person wrote stays the one that counts.

Until now every IT-1 had one, 1 unless somebody wrote another; from now on it is
reckoned from the operations of the month (Código Tributario art. 349).
"""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE nu_pos_dgii_report SET proportion_given = TRUE
         WHERE format = 'it1' AND proportion <> 1
        """
    )
