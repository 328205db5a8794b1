"""Sending a document to its buyer, who is an electronic taxpayer too.

Every electronic issuer receives (Decreto 587-24 art. 18) at the addresses that DGII's
directory gives. The addresses are other people's: only https to a public name is
called, so that a directory entry cannot reach into our own network.
"""

import ipaddress
from urllib.parse import urlsplit

from . import dgii_reading as reading
from .dgii import Authenticated
from .dgii_answers import Acknowledgement, Recipient
from .dgii_http import Refused, excerpt

_PRIVATE_NAMES = (".local", ".internal", ".localhost")
_RECEPTION = "/fe/recepcion/api/ecf"
_APPROVAL = "/fe/aprobacioncomercial/api/ecf"
_SEED = "/fe/autenticacion/api/semilla"
_VALIDATE = "/fe/autenticacion/api/validacioncertificado"


class ReceiverClient(Authenticated):
    """The services that an electronic receiver publishes.

    Errors are those of ``DgiiClient``; ``Unknown`` may be sent again here: a receiver
    answers a second delivery with reason 3 and harms nothing.
    """

    def __init__(self, identity, tokens, *, allow_private=False, **options):
        """:param allow_private: also http and private addresses, for tests"""
        super().__init__(identity, tokens, **options)
        self._allow_private = allow_private

    def send(self, recipient: Recipient, xml: bytes, name: str) -> Acknowledgement:
        """Deliver the same bytes that DGII accepted.

        The acknowledgement is signed: the caller verifies and keeps its ``body``.
        """
        service = f"receptor {recipient.rnc}"
        url = self._address(service, recipient.reception_url, _RECEPTION)
        reply = self._post(service, recipient, url, xml, name)
        return self._read(
            service, reply, reading.read_acknowledgement, writes=True, judged=True
        )

    def send_approval(self, recipient: Recipient, xml: bytes, name: str) -> None:
        """Deliver a commercial approval to the issuer of the document.

        :raise Refused: the issuer answers 400
        """
        service = f"receptor {recipient.rnc}"
        url = self._address(service, recipient.approval_url, _APPROVAL)
        reply = self._post(service, recipient, url, xml, name)
        if not reply.ok:
            words = f"refused with {reply.status}: {excerpt(reply.body)}"
            raise Refused(service, words, reply.status)

    def _post(self, service, recipient, url, xml, name):
        def call(token):
            return self._http.post_xml(
                service, url, name, xml, token=token, writes=True, accept="*/*"
            )

        if not recipient.authentication_url:
            return call("")
        base = recipient.authentication_url
        seed = self._address(service, base, _SEED)
        validate = self._address(service, base, _VALIDATE)
        return self._with_token(
            lambda renew: self._token(seed, seed, validate, renew), call
        )

    def _address(self, service, base, path):
        """The directory gives the beginning of the address, some give all of it."""
        problem = None if self._allow_private else address_problem(base)
        if problem:
            raise Refused(service, f"{problem}: {base!r}")
        base = base.rstrip("/")
        if base.lower().endswith(path):
            return base
        return base + path


def address_problem(url: str) -> str | None:
    """Why an address of the directory is not called, or None.

    >>> address_problem("https://fe.example.com/api")
    >>> address_problem("http://fe.example.com"), address_problem("https://10.0.0.1")
    ('the address is not https', 'the address is not public')
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "the address cannot be read"
    if parts.scheme != "https":
        return "the address is not https"
    if not host or parts.username or parts.password:
        return "the address cannot be read"
    try:
        public = ipaddress.ip_address(host).is_global
    except ValueError:
        public = "." in host and not host.endswith(
            (".local", ".internal", ".localhost")
        )
    return None if public else "the address is not public"
