"""What DGII's services answer, as small values; ``dgii_reading`` makes them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Message:
    """What DGII says about a document; the code is a text, empty if it has none."""

    code: str
    text: str


@dataclass(frozen=True)
class Reception:
    """An e-CF was received, and will be judged: ask with ``track_id``."""

    track_id: str
    message: str = ""


@dataclass(frozen=True)
class Result:
    """How DGII judges an e-CF or the summary of one (RFCE).

    ``code`` is 0 to 4 or None, ``status`` the same in words, ``sequence_used`` whether
    the number is burned, None where it is not said.
    """

    code: int | None
    status: str
    sequence_used: bool | None = None
    messages: tuple[Message, ...] = ()
    track_id: str = ""
    rnc: str = ""
    encf: str = ""
    received_at: str = ""


@dataclass(frozen=True)
class Status:
    """What DGII knows of a number (consulta estado); amounts as texts."""

    code: int | None
    status: str
    issuer: str = ""
    encf: str = ""
    total: str = ""
    itbis: str = ""
    issued_on: str = ""
    signed_at: str = ""
    buyer: str = ""
    security_code: str = ""
    foreign_id: str = ""
    sequence_used: bool | None = None
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True)
class TrackId:
    """One delivery of a number."""

    track_id: str
    status: str
    received_at: str = ""


@dataclass(frozen=True)
class Approval:
    """How DGII took a commercial approval: 1 accepted, 2 rejected."""

    code: int | None
    status: str
    messages: tuple[Message, ...] = ()

    @property
    def accepted(self) -> bool:
        return (
            self.code == 1
            if self.code is not None
            else _plain(self.status).startswith("acept")
        )


@dataclass(frozen=True)
class Annulment:
    """How DGII took an annulment of ranges."""

    rnc: str
    code: str
    name: str
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True)
class Recipient:
    """An electronic taxpayer of the directory, and where it receives."""

    name: str
    rnc: str
    reception_url: str
    approval_url: str = ""
    authentication_url: str = ""


@dataclass(frozen=True)
class ServiceStatus:
    service: str
    status: str
    environment: str = ""

    @property
    def available(self) -> bool:
        return _plain(self.status).startswith("disponible")


@dataclass(frozen=True)
class Acknowledgement:
    """The ARECF that a receiver answers. ``body`` is kept and verified by the caller.

    ``reason``: 1 specification, 2 signature, 3 sent twice, 4 another buyer; or empty.
    """

    received: bool
    reason: str
    issuer: str
    buyer: str
    encf: str
    at: str
    body: bytes = b""


@dataclass(frozen=True)
class Token:
    """A token and when it ends (UTC, by our own clock). Not shown by ``repr``."""

    value: str
    expires_at: datetime

    def __repr__(self):
        return f"<Token until {self.expires_at:%Y-%m-%d %H:%M:%S%z}>"


def _plain(status):
    return status.strip().lower()
