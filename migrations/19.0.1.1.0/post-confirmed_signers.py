"""Whoever signed a receipt whose bill a person has posted is known for its issuer."""

import base64

from odoo import SUPERUSER_ID, api

from odoo.addons.nu_restaurant_pos.fiscal.ecf.signature import verify


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    signers = env["nu.pos.ecf.signer"]
    received = env["nu.pos.ecf.received"]
    known = set()
    ids = received.search(
        [("state", "=", "received"), ("bill_id.state", "=", "posted")], order="id"
    ).ids
    for record in received.browse(ids):
        certificate = verify(base64.b64decode(record.xml)).certificate
        if not certificate:
            continue
        key = (record.company_id, record.issuer_rnc, certificate.key)
        if key not in known:
            known.add(key)
            signers.confirm(
                record.company_id,
                record.issuer_rnc,
                {
                    "taxpayer_name": record.issuer_name,
                    "signer": record.signer,
                    "signer_number": record.signer_number,
                    "key": certificate.key,
                },
            )
        # memory of large files is not kept
        record.invalidate_recordset(["xml"])
