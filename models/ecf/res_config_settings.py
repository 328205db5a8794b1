"""How e-CF go to DGII and come from suppliers, for administrators."""

import base64
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from . import certificate_authorities as authorities
from .nu_pos_ecf_link import Settings, number

BASE_URL = "nu_pos.ecf_base_url"
#: Fields that are a number: parameter, its value where there is none, and the least.
NUMBERS = {
    f"nu_ecf_{name}": (f"nu_pos.ecf_{name}", getattr(Settings, name), least)
    for name, least in {
        "connect": 0.1,
        "read": 0.1,
        "whole": 0.1,
        "retry": 0.01,
        "poll": 0.01,
        "grace": 0.01,
        "lease": 1,
        "calls_per_minute": 0,
        "lost_after": 0,
        "receiver_tries": 1,
        "receiver_whole": 0.1,
    }.items()
}
#: Each may not be below the one before it.
GROWING = ("nu_ecf_read", "nu_ecf_whole", "nu_ecf_lease")
LOCAL = ("localhost", "127.0.0.1", "::1")


class ResConfigSettings(models.TransientModel):
    """Zero is a value here, and what was not changed leaves no parameter behind: hence
    ``get_values`` and ``set_values`` instead of ``config_parameter``."""

    _inherit = "res.config.settings"

    nu_ecf_base_url = fields.Char(
        string="Instead of DGII",
        help="Address of a simulator, for trials. Empty: DGII's own services. While it "
        "is set, nothing reaches DGII.",
    )
    nu_ecf_connect = fields.Float(
        string="Reach the server within (seconds)",
        help="DGII counts as away after that.",
    )
    nu_ecf_read = fields.Float(
        string="Longest silence (seconds)",
        help="While the answer of DGII is waited for.",
    )
    nu_ecf_whole = fields.Float(
        string="Longest call (seconds)",
        help="An answer that takes longer counts as lost, and DGII is asked whether it "
        "has the document.",
    )
    nu_ecf_calls_per_minute = fields.Float(
        string="Calls per minute", help="Of each company. 0: no limit."
    )
    nu_ecf_retry = fields.Float(
        string="Send again after (seconds)",
        help="First wait for a document that did not reach DGII. Each wait is twice "
        "the one before, up to half an hour.",
    )
    nu_ecf_poll = fields.Float(
        string="Ask for the result after (seconds)",
        help="First wait for the result of a document that DGII has. Each wait is "
        "twice the one before, up to five minutes.",
    )
    nu_ecf_grace = fields.Float(
        string="Send again what DGII does not know after (seconds)",
        help="When an answer was lost, and DGII does not know it for so long, the "
        "same document is sent again, under the same number.",
    )
    nu_ecf_lease = fields.Float(
        string="Take over from a dead worker after (seconds)",
        help="How long a document waits in the hands of a process that was cut off. "
        "Not shorter than one call may take.",
    )
    nu_ecf_lost_after = fields.Float(
        string="Contingency begins after (seconds)",
        help="Without any answer of DGII, and at least three calls. Receipts carry the "
        "legend from then on, and are sent within 72 hours (Decreto 587-24).",
    )
    nu_ecf_receiver_tries = fields.Integer(
        string="Deliver to a buyer at most (times)",
        help="Attempts to hand an accepted document to a buyer who is an electronic "
        "taxpayer too.",
    )
    nu_ecf_receiver_whole = fields.Float(
        string="Longest call of a buyer (seconds)",
        help="The server of another taxpayer that takes longer is given up for now.",
    )
    nu_ecf_authorities = fields.Text(
        string="Trusted authorities",
        readonly=True,
        help="Those accredited by INDOTEL, with the day until which their certificate "
        "is valid. With one or more loaded, documents signed with a certificate of "
        "anybody else are refused in production. With none every signer is confirmed "
        "by a person.",
    )
    nu_ecf_authority_file = fields.Binary(
        string="Add certificates",
        help="File of an authority (PEM, DER or PKCS#7): the certificate with which it "
        "issues those of the signers. It is added when the settings are saved.",
    )
    nu_ecf_authority_name = fields.Char(string="File of the authority")

    @api.model
    def get_values(self):
        # EXTENDS 'base'
        if not (self.env.su or self.env.user.has_group("base.group_system")):
            return super().get_values()  # core lets anybody ask
        read = self.env["ir.config_parameter"].sudo().get_param
        values = {
            name: number(read(parameter), default)
            for name, (parameter, default, _least) in self._nu_numbers().items()
        }
        return {
            **super().get_values(),
            **values,
            "nu_ecf_base_url": read(BASE_URL) or False,
            "nu_ecf_authorities": authorities.names(self.env),
        }

    def set_values(self):
        # EXTENDS 'base'
        result = super().set_values()
        self._nu_set_numbers()
        self._nu_set_base_url()
        self._nu_add_authorities()
        return result

    @api.model
    def _nu_numbers(self):
        """``{field: (parameter, value where there is none, least)}``"""
        return NUMBERS

    def _nu_set_numbers(self):
        parameters = self.env["ir.config_parameter"].sudo()
        changed = set()
        for name, (parameter, default, least) in self._nu_numbers().items():
            if self[name] == number(parameters.get_param(parameter), default):
                continue
            if not self[name] >= least:
                raise ValidationError(
                    self.env._(
                        "%(field)s: %(value)s is too little.",
                        field=self.fields_get([name])[name]["string"],
                        value=f"{self[name]:g}",
                    )
                )
            changed.add(name)
            parameters.set_param(parameter, f"{self[name]:.12g}")
        # waits of a trial that were there before are left alone
        if changed & set(GROWING) and not (
            self.nu_ecf_read <= self.nu_ecf_whole <= self.nu_ecf_lease
        ):
            raise ValidationError(
                self.env._(
                    "The silence that is borne may not be longer than a whole call, "
                    "nor a call longer than the wait for a dead worker."
                )
            )

    def _nu_set_base_url(self):
        parameters = self.env["ir.config_parameter"].sudo()
        url = (self.nu_ecf_base_url or "").strip().rstrip("/")
        if url == (parameters.get_param(BASE_URL) or "").rstrip("/"):
            return
        if url:
            parts = _split(url)
            if not parts.hostname or not (
                parts.scheme == "https"
                or (parts.scheme == "http" and parts.hostname in LOCAL)
            ):
                raise ValidationError(
                    self.env._(
                        "%s is no address: it begins with https://, or is of this "
                        "server.",
                        url,
                    )
                )
            companies = self.env["res.company"].sudo()
            real = companies.search([("nu_ecf_environment", "=", "ecf")])
            if real:
                raise ValidationError(
                    self.env._(
                        "%s issues in production: its receipts must reach DGII.",
                        ", ".join(real.mapped("name")),
                    )
                )
        parameters.set_param(BASE_URL, url)

    # -- Authorities -----------------------------------------------------------------

    def _nu_add_authorities(self):
        if self.nu_ecf_authority_file:
            authorities.add(self.env, base64.b64decode(self.nu_ecf_authority_file))

    def action_nu_forget_authorities(self):
        """Trust no authority in particular any more."""
        if not self.env.is_admin():
            raise UserError(self.env._("Only administrators change the settings."))
        self.env["ir.config_parameter"].sudo().set_param(authorities.PARAMETER, False)
        return {"type": "ir.actions.client", "tag": "reload"}


def _split(url):
    try:
        return urlsplit(url)
    except ValueError:  # of an address like http://[
        return urlsplit("")
