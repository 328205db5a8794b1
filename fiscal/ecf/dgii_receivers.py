"""Sending a document to its buyer, who is an electronic taxpayer too.

Every electronic issuer receives (Decreto 587-24 art. 18) at the addresses that DGII's
directory gives. The addresses are other people's: only https to a public address is
called, so that a directory entry cannot reach into our own network.
"""

from . import dgii_reading as reading
from .dgii import Authenticated
from .dgii_answers import Acknowledgement, Recipient
from .dgii_connection import address_problem
from .dgii_http import Refused, excerpt

#: Ports that are called; "ordinary ports" (Descripción Técnica).
PORTS = (443,)
#: A signed seed is for who asks for it: some say 401, some 403.
_WHO_ARE_YOU = (401, 403)
_RECEPTION = "/fe/recepcion/api/ecf"
_APPROVAL = "/fe/aprobacioncomercial/api/ecf"
_SEED = "/fe/autenticacion/api/semilla"
_VALIDATE = "/fe/autenticacion/api/validacioncertificado"


class ReceiverClient(Authenticated):
    """The services that an electronic receiver publishes.

    Errors are those of ``DgiiClient``; ``Unknown`` may be sent again here: a receiver
    answers a second delivery with reason 3 and harms nothing.
    """

    def __init__(
        self, identity, tokens, *, allow_private=False, ports=PORTS, **options
    ):
        """:param allow_private: also http and private addresses, for tests
        :param ports: that may be called
        """
        super().__init__(identity, tokens, public_only=not allow_private, **options)
        self._allow_private = allow_private
        self._ports = tuple(ports)

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
        """A token is asked for where one is demanded only: its seed is signed whoever
        made it, and a receiver could hand on one of DGII's."""

        def call(token):
            return self._http.post_xml(
                service, url, name, xml, token=token, writes=True, accept="*/*"
            )

        base = recipient.authentication_url
        if not base:
            return call("")
        seed = self._address(service, base, _SEED)
        validate = self._address(service, base, _VALIDATE)
        if not self._known_token(seed):
            try:
                reply = call("")
            except Refused as error:
                if error.status not in _WHO_ARE_YOU:
                    raise
            else:
                if reply.status not in _WHO_ARE_YOU:
                    return reply
        return self._with_token(
            lambda renew: self._token(seed, seed, validate, renew), call
        )

    def _address(self, service, base, path):
        """The directory gives the beginning of the address, some give all of it."""
        problem = None if self._allow_private else address_problem(base, self._ports)
        if problem:
            raise Refused(service, f"{problem}: {base!r}")
        base = base.rstrip("/")
        if base.lower().endswith(path):
            return base
        return base + path
