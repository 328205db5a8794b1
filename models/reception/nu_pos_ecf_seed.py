import base64
import hashlib
import hmac
import secrets
import time
from datetime import datetime, timedelta, timezone

import jwt

from odoo import api, fields, models
from odoo.tools import consteq

from ..access.nu_pos_token import ALGORITHM, SECRET_PARAMETER
from ..runtime.problem import ApiProblem
from ..runtime.unit_of_work import unit_of_work

ISSUER = "nu_restaurant_pos e-CF"
#: How long a seed may be signed, and a token used, in seconds.
SEED_SECONDS = 300
TOKEN_SECONDS = 3600


class NuPosEcfSeed(models.Model):
    """Seeds that other issuers sign to get a token, and the tokens.

    A seed proves itself (HMAC), so that asking for one leaves nothing behind; a row
    is a seed that was used, so that it is used once. Descripción Técnica,
    "autenticación" of electronic receivers.
    """

    _name = "nu.pos.ecf.seed"
    _description = "Used seed of e-CF reception"
    _rec_name = "digest"

    digest = fields.Char(required=True, readonly=True)

    _digest_uniq = models.UniqueIndex("(digest)")

    @api.model
    def _new(self):
        """A fresh seed: text of ASCII."""
        content = f"{int(time.time())}.{secrets.token_urlsafe(18)}"
        text = f"{content}.{self._mac(content)}"
        return base64.b64encode(text.encode()).decode()

    @api.model
    def _use(self, seed):
        """Use a seed up.

        :raise ApiProblem: ``UNAUTHENTICATED``: not ours, too old, or used
        """
        if not self._is_fresh(seed):
            raise ApiProblem("UNAUTHENTICATED", "The seed is not ours or has expired")
        self.sudo()._use_up(hashlib.sha256(seed.encode()).hexdigest())

    @unit_of_work(lock=lambda _seeds, digest: [f"ecf seed {digest}"])
    def _use_up(self, unit, digest):
        if self.search_count([("digest", "=", digest)], limit=1):
            raise ApiProblem("UNAUTHENTICATED", "The seed was used already")
        self.create({"digest": digest})

    @api.model
    def _is_fresh(self, seed):
        try:
            text = base64.b64decode(seed, validate=True).decode("ascii")
        except ValueError:
            return False
        content, _dot, mac = text.rpartition(".")
        if not content or not consteq(mac, self._mac(content)):
            return False
        made = int(content.partition(".")[0])
        return 0 <= time.time() - made <= SEED_SECONDS

    @api.model
    def _new_token(self, holder):
        """``{token, expira, expedido}`` for who signed a seed."""
        issued = datetime.now(timezone.utc).replace(microsecond=0)
        expires = issued + timedelta(seconds=TOKEN_SECONDS)
        claims = {"iss": ISSUER, "sub": holder, "iat": issued, "exp": expires}
        return {
            "token": jwt.encode(claims, self._key().hex(), algorithm=ALGORITHM),
            "expira": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "expedido": issued.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    @api.model
    def _check_token(self, token):
        """:raise ApiProblem: ``UNAUTHENTICATED``, ``TOKEN_EXPIRED``"""
        try:
            jwt.decode(
                token,
                self._key().hex(),
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                options={"require": ["exp", "iat", "sub"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise ApiProblem("TOKEN_EXPIRED") from error
        except jwt.InvalidTokenError as error:
            raise ApiProblem("UNAUTHENTICATED", "The token is not valid") from error

    @api.model
    def _mac(self, content):
        return hmac.new(self._key(), content.encode(), hashlib.sha256).hexdigest()

    @api.model
    def _key(self):
        """Of its own, so that no token of one kind serves as the other."""
        secret = self.env["ir.config_parameter"].sudo().get_param(SECRET_PARAMETER)
        if not secret:
            raise ApiProblem("UNAVAILABLE", "The service is not set up")
        return hmac.new(secret.encode(), b"e-CF reception", hashlib.sha256).digest()

    @api.autovacuum
    def _gc_old(self):
        limit = fields.Datetime.now() - timedelta(seconds=2 * SEED_SECONDS)
        self.sudo().search([("create_date", "<", limit)], limit=10_000).unlink()
