"""Registers that number their sales take tips before the payment only: what came after
it would change a sale that has its number."""

import logging

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    cr.execute(
        """
        UPDATE pos_config SET set_tip_after_payment = FALSE
         WHERE set_tip_after_payment AND nu_default_document_type_id IS NOT NULL
        RETURNING name
        """
    )
    for (name,) in cr.fetchall():
        _logger.warning("%s takes tips before the payment from now on", name)
