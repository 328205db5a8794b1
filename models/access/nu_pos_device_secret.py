"""Dialog with the secret of a device."""

from odoo import fields, models


class NuPosDeviceSecret(models.AbstractModel):
    """Dialog that shows a secret; kept nowhere."""

    _name = "nu.pos.device.secret"
    _description = "Secret of a POS device"

    # the web client asks for it
    id = fields.Id()
    secret = fields.Char(readonly=True)
