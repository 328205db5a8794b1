"""Raise the decimals of quantities for weighed goods in databases that have them as
Odoo ships them."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["decimal.precision"]._nu_ensure_weighed()
