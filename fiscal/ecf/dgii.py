"""Client of DGII's services for electronic documents.

>>> client = DgiiClient(
...     Endpoints.of("testecf"), identity, tokens
... )                                                    # doctest: +SKIP
>>> client.send(xml, document_name("131246796", "E310000000001"))  # doctest: +SKIP
Reception(track_id='d2b6e27c-...', message='')

Each method is one service of the Descripción Técnica, section "Servicios Web". It
returns a value of ``dgii_answers`` or raises one of the three errors of ``dgii_http``:
``Refused``, ``Unavailable``, ``Unknown``. Nothing is sent twice on its own, except
after a 401: then nothing was received, and a new token is asked for, once.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Protocol

import requests
from lxml import etree

from . import dgii_reading as reading
from .certificate import SigningIdentity
from .dgii_answers import (
    Annulment,
    Approval,
    Reception,
    Recipient,
    Result,
    ServiceStatus,
    Status,
    Token,
    TrackId,
)
from .dgii_http import (
    DEFAULT_TIMEOUTS,
    MAX_DIRECTORY_BYTES,
    MAX_SEED_BYTES,
    BadAnswer,
    Refused,
    Reply,
    Timeouts,
    Transport,
    Unavailable,
    Unknown,
    excerpt,
)
from .signature import SignatureError, sign
from .signature_parts import safe_parser
from .timbre import ECF_HOST, ENVIRONMENTS, FC_HOST

#: A token that ends sooner is not used any more.
_TOKEN_MARGIN = timedelta(seconds=60)
_SEED_NAME = "semilla.xml"


class TokenStore(Protocol):
    """Where tokens are kept between calls; the caller brings it.

    The key is the address that gave the token. ``set`` with None forgets it.
    """

    def get(self, key: str) -> Token | None: ...

    def set(self, key: str, token: Token | None) -> None: ...


class MemoryTokens(dict):
    """A token store that lasts as long as the process."""

    def set(self, key, token):
        if token is None:
            self.pop(key, None)
        else:
            self[key] = token


@dataclass(frozen=True)
class Endpoints:
    """Addresses of one environment, without slash at the end.

    ``queries``: whether it offers the questions by number, the directory and the
    annulment of ranges; certecf does not.
    """

    ecf: str
    fc: str
    status: str = "https://statusecf.dgii.gov.do"
    queries: bool = True

    @classmethod
    def of(cls, environment: str) -> "Endpoints":
        """The addresses of ``testecf``, ``certecf`` or ``ecf``.

        >>> Endpoints.of("ecf").fc
        'https://fc.dgii.gov.do/ecf'
        """
        if environment not in ENVIRONMENTS:
            raise ValueError(f"{environment!r} is not an environment of DGII.")
        return cls(
            f"{ECF_HOST}/{environment}",
            f"{FC_HOST}/{environment}",
            queries=environment != "certecf",
        )


def document_name(rnc: str, encf: str) -> str:
    """Name of the file: RNC of the issuer and e-NCF; of a commercial approval or an
    acknowledgement RNC of the buyer and e-NCF (Descripción Técnica)."""
    return f"{rnc}{encf}.xml"


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


class Authenticated:
    """Calls that need a token: a seed is fetched, signed and changed for one."""

    def __init__(
        self,
        identity: SigningIdentity,
        tokens: TokenStore,
        *,
        session: requests.Session | None = None,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        now: Callable[[], datetime] = utc_now,
        public_only: bool = False,
    ):
        self._identity = identity
        self._tokens = tokens
        self._now = now
        self._http = Transport(session, timeouts, public_only)

    def close(self) -> None:
        """Close the connections that are kept open between calls."""
        self._http.session.close()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def _known_token(self, key) -> Token | None:
        """A token from the store that is good for a minute at least."""
        known = self._tokens.get(key)
        if known and known.expires_at - _TOKEN_MARGIN > self._now():
            return known
        return None

    def _token(self, key, seed_url, validate_url, renew=False) -> Token:
        known = None if renew else self._known_token(key)
        if known:
            return known
        token = self._authenticate(seed_url, validate_url)
        self._tokens.set(key, token)
        return token

    def _authenticate(self, seed_url, validate_url):
        service = "semilla"
        reply = self._http.get(
            service, seed_url, accept="application/xml", max_bytes=MAX_SEED_BYTES
        )
        self._read(service, reply, reading.read_seed)
        # DGII reads it without the white space between elements, so sign it so
        compact = etree.tostring(
            etree.fromstring(reply.body, safe_parser(remove_blank_text=True))
        )
        try:
            signed = sign(compact, self._identity)
        except SignatureError as error:
            raise Unavailable(service, str(error)) from error
        service, asked_at = "validarsemilla", self._now()
        reply = self._http.post_xml(service, validate_url, _SEED_NAME, signed)
        return self._read(
            service, reply, lambda body: reading.read_token(body, asked_at)
        )

    def _with_token(self, token: Callable[[bool], Token], call: Callable) -> Reply:
        try:
            return call(token(False).value)
        except Refused as error:
            if error.status != 401:
                raise
        return call(token(True).value)

    def _read(self, service, reply, reader, writes=False, judged=False):
        """The answer read; ``judged``: a refusal may carry the judgement itself."""
        if not reply.ok:
            if judged:
                # no judgement in it: a plain refusal, below
                with suppress(BadAnswer):
                    return reader(reply.body)
            messages = _messages(reply.body)
            words = "; ".join(message.text for message in messages)
            raise Refused(
                service,
                f"refused with {reply.status}: {words or excerpt(reply.body)}",
                reply.status,
                messages,
            )
        try:
            return reader(reply.body)
        except BadAnswer as error:
            kind = Unknown if writes else Unavailable
            raise kind(service, str(error), reply.status) from error


def _messages(body):
    try:
        fields = reading.read_fields(body)
    except BadAnswer:
        return ()
    return reading.read_messages(fields) if isinstance(fields, dict) else ()


class DgiiClient(Authenticated):
    """The services of DGII in one environment, in the name of one signer.

    Not to be shared between threads while it calls; it holds no state of documents.
    """

    def __init__(self, endpoints: Endpoints, identity, tokens, **options):
        """:param options: ``session``, ``timeouts``, ``now`` of ``Authenticated``"""
        super().__init__(identity, tokens, **options)
        self._endpoints = endpoints

    def token(self, renew: bool = False) -> Token:
        """A token that is good for a minute at least, from the store or a new one."""
        base = f"{self._endpoints.ecf}/autenticacion/api/autenticacion"
        return self._token(
            self._endpoints.ecf, f"{base}/semilla", f"{base}/validarsemilla", renew
        )

    # -- sending -----------------------------------------------------------------------

    def send(self, xml: bytes, name: str) -> Reception:
        """Deliver a signed e-CF; how it is judged is asked with ``result``.

        :param name: ``document_name`` of issuer and number
        """
        service = "recepcion"
        url = f"{self._endpoints.ecf}/recepcion/api/facturaselectronicas"
        reply = self._post(service, url, name, xml)
        received, against = self._read(
            service, reply, reading.read_reception, writes=True
        )
        if received is None:
            words = "; ".join(message.text for message in against)
            raise Refused(service, f"not received: {words}", reply.status, against)
        return received

    def send_summary(self, xml: bytes, name: str) -> Result:
        """Deliver the summary (RFCE) of a consumer invoice; it is judged at once."""
        url = f"{self._endpoints.fc}/recepcionfc/api/recepcion/ecf"
        reply = self._post("recepcionfc", url, name, xml)
        return self._read(
            "recepcionfc", reply, reading.read_result, writes=True, judged=True
        )

    def send_approval(self, xml: bytes, name: str) -> Approval:
        """Deliver a commercial approval (ACECF) of a document received."""
        service = "aprobacioncomercial"
        url = f"{self._endpoints.ecf}/{service}/api/{service}"
        reply = self._post(service, url, name, xml)
        return self._read(
            service, reply, reading.read_approval, writes=True, judged=True
        )

    def annul(self, xml: bytes, name: str) -> Annulment:
        """Annul ranges of numbers that were not used (ANECF)."""
        service = "anulacionrangos"
        self._must_offer(service)
        url = f"{self._endpoints.ecf}/{service}/api/operaciones/anularrango"
        reply = self._post(service, url, name, xml)
        return self._read(service, reply, reading.read_annulment, writes=True)

    # -- asking ------------------------------------------------------------------------

    def result(self, track_id: str) -> Result:
        """How the document of a delivery is judged; code 3 while it is not yet."""
        return self._ask(
            "consultaresultado",
            f"{self._endpoints.ecf}/consultaresultado/api/consultas/estado",
            {"trackid": track_id},
            reading.read_result,
            judged=True,
            everywhere=True,
        )

    def status(self, issuer: str, encf: str, buyer: str = "", code: str = "") -> Status:
        """What DGII knows of a number (not offered in certecf).

        :param buyer: RNC of the buyer, if the document has one
        :param code: security code of the document
        """
        parameters = {"rncemisor": issuer, "ncfelectronico": encf}
        if buyer:
            parameters["rnccomprador"] = buyer
        if code:
            parameters["codigoseguridad"] = code
        return self._ask(
            "consultaestado",
            f"{self._endpoints.ecf}/consultaestado/api/consultas/estado",
            parameters,
            reading.read_status,
            judged=True,
        )

    def track_ids(self, issuer: str, encf: str) -> tuple[TrackId, ...]:
        """The deliveries of a number; empty if DGII has none (not in certecf)."""
        return self._ask(
            "consultatrackids",
            f"{self._endpoints.ecf}/consultatrackids/api/trackids/consulta",
            {"rncemisor": issuer, "encf": encf},
            reading.read_track_ids,
            missing=(),
        )

    def summary_status(self, issuer: str, encf: str, code: str) -> Result:
        """How the summary of a consumer invoice stands (not in certecf)."""
        return self._ask(
            "consultarfce",
            f"{self._endpoints.fc}/consultarfce/api/Consultas/Consulta",
            {"RNC_Emisor": issuer, "ENCF": encf, "Cod_Seguridad_eCF": code},
            reading.read_result,
            judged=True,
        )

    def directory(self) -> tuple[Recipient, ...]:
        """Every electronic taxpayer (not in certecf)."""
        return self._ask(
            "consultadirectorio",
            f"{self._endpoints.ecf}/consultadirectorio/api/consultas/listado",
            {},
            reading.read_directory,
            max_bytes=MAX_DIRECTORY_BYTES,
        )

    def recipient(self, rnc: str) -> Recipient | None:
        """One electronic taxpayer, or None if the RNC is none (not in certecf)."""
        base = f"{self._endpoints.ecf}/consultadirectorio/api/consultas"
        found = self._ask(
            "consultadirectorio",
            f"{base}/obtenerdirectorioporrnc",
            {"RNC": rnc},
            reading.read_directory,
            missing=(),
        )
        return next((one for one in found if one.rnc == rnc), None)

    def service_status(self, api_key: str) -> tuple[ServiceStatus, ...]:
        """Whether each service is up (edition of 2023; it may not be served)."""
        service = "estatusservicios"
        reply = self._http.get(
            service,
            f"{self._endpoints.status}/api/{service}/obtenerestatus",
            headers={"Authorization": f"Apikey {api_key}"},
        )
        return self._read(service, reply, reading.read_service_status)

    # -- how ---------------------------------------------------------------------------

    def _post(self, service, url, name, xml):
        return self._with_token(
            self.token,
            lambda token: self._http.post_xml(
                service, url, name, xml, token=token, writes=True
            ),
        )

    def _ask(self, service, url, parameters, reader, **options):
        judged = options.pop("judged", False)
        missing = options.pop("missing", None)
        if not options.pop("everywhere", False):
            self._must_offer(service)
        reply = self._with_token(
            self.token,
            lambda token: self._http.get(
                service, url, parameters, token=token, **options
            ),
        )
        if reply.status == 404 and missing is not None:
            # the page of a gateway does not say that a number was never delivered
            if reply.body.lstrip().startswith(b"<"):
                words = f"there is no such service: {excerpt(reply.body)}"
                raise Unavailable(service, words, reply.status)
            return missing
        return self._read(service, reply, reader, judged=judged)

    def _must_offer(self, service):
        if not self._endpoints.queries:
            raise Unavailable(service, "not offered in certecf")
