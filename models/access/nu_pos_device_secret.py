"""Dialog with the secret of a device."""

from odoo import fields, models


class NuPosDeviceSecret(models.AbstractModel):
    """Dialog that shows a secret, which is stored nowhere: a model without a table,
    because the web client opens no form without a model."""

    _name = "nu.pos.device.secret"
    _description = "Secret of a POS device"

    # the web client asks for it
    id = fields.Id()
    secret = fields.Char(readonly=True)
