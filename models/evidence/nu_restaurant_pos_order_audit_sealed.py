import json
import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.http import request
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: Code of a refused change in the payload of its row.
SEALED = "SEALED"
#: Rows of refused changes that one user leaves in a minute.
SEALED_ROWS = 20


class OrderAudit(models.Model):
    """What somebody tried to change of an issued document.

    One row a document, way and minute, and no more than :data:`SEALED_ROWS` of a user
    in a minute: rows are kept ten years, and a loop tries thousands of times.
    """

    _inherit = "nu_restaurant_pos.order_audit"

    @api.private
    @api.model
    def _record_sealed(self, document, operation, names):
        """Record a refused change, on a connection of its own.

        :param document: ``pos.order`` or ``account.move`` that is issued
        :param operation: ``pos.order.line.write``
        :param names: fields that would have changed
        """
        document = document.sudo()
        door = f"{request.httprequest.path[:100]} " if request else ""
        payload = {
            "code": SEALED,
            "way": f"{door}{operation}",
            "paths": names[:20],
            "record": f"{document._name},{document.id}",
        }
        try:
            if self._has_room_for(payload):
                self._record_apart(
                    "refusal",
                    company=document.company_id,
                    pos_reference=document[
                        "pos_reference" if document._name == "pos.order" else "name"
                    ],
                    order=document if document._name == "pos.order" else None,
                    ncf=document.nu_ncf,
                    payload=payload,
                )
        except psycopg2.Error:
            # its own connection: the refusal stands without its trace
            _logger.exception("A refused change of %s is not recorded", document)

    @api.model
    def _has_room_for(self, payload):
        query = SQL(
            """
            SELECT payload FROM nu_restaurant_pos_order_audit
             WHERE event = 'refusal' AND user_id = %s AND payload LIKE %s
               AND create_date > %s
             LIMIT %s
            """,
            self.env.uid,
            f'%"code":"{SEALED}"%',
            fields.Datetime.now() - timedelta(minutes=1),
            SEALED_ROWS,
        )
        with self.env.registry.cursor() as cr:
            cr.execute(query)
            rows = [json.loads(row) for (row,) in cr.fetchall()]
        same = ("way", "record")
        return len(rows) < SEALED_ROWS and not any(
            all(row.get(name) == payload[name] for name in same) for row in rows
        )
