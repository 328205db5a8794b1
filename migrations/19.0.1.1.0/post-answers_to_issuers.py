"""Approvals on their way to issuers have a turn of their own."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE nu_pos_ecf_received
           SET answer_issuer_next = answer_next,
               answer_issuer_attempts = answer_attempts
         WHERE answer_issuer = 'to_send' AND answer_issuer_next IS NULL
        """
    )
    cr.execute(
        """
        UPDATE nu_pos_ecf_received SET answer_next = NULL
         WHERE answer_dgii IS DISTINCT FROM 'to_send' AND answer_next IS NOT NULL
        """
    )
