"""What the simulator remembers: deliveries, documents, tokens, seeds."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass
class Delivery:
    """One call that brought a file, whatever became of it."""

    service: str
    name: str
    xml: bytes
    issuer: str = ""
    encf: str = ""


@dataclass
class Document:
    """One judged delivery of an e-CF or a summary; ``polls`` are still to be asked."""

    kind: str
    issuer: str
    encf: str
    track_id: str
    xml: bytes
    root: object
    judgement: object
    received_at: str
    polls: int = 0


@dataclass
class Books:
    tokens: dict = field(default_factory=dict)
    seeds: dict = field(default_factory=dict)
    deliveries: list = field(default_factory=list)
    documents: list = field(default_factory=list)
    approvals: list = field(default_factory=list)
    acknowledged: list = field(default_factory=list)
    #: Ranges as (issuer, letter and type, first, last)
    annulled: list = field(default_factory=list)
    calls: dict = field(default_factory=dict)

    @property
    def used(self):
        """Numbers that carry a document or are burned."""
        return {
            (one.issuer, one.encf) for one in self.documents if one.judgement.burned
        }

    @property
    def accepted(self):
        return {
            (one.issuer, one.encf)
            for one in self.documents
            if one.judgement.code in (1, 4)
        }

    def valid(self, issuer, encf):
        """The accepted document of a number, or None."""
        return next((one for one in self.valid_of(issuer) if one.encf == encf), None)

    def valid_of(self, issuer):
        return [
            one
            for one in self.documents
            if one.issuer == issuer and one.judgement.code in (1, 4)
        ]

    def is_annulled(self, issuer, encf):
        return any(
            (issuer, encf[:3]) == (owner, prefix) and first <= int(encf[3:]) <= last
            for owner, prefix, first, last in self.annulled
        )

    def add(self, kind, delivery, root, judgement, polls, now):
        document = Document(
            kind=kind,
            issuer=delivery.issuer,
            encf=delivery.encf,
            track_id=secrets.token_hex(16),
            xml=delivery.xml,
            root=root,
            judgement=judgement,
            received_at=now.strftime("%m/%d/%Y %I:%M:%S %p"),
            polls=polls,
        )
        self.documents.append(document)
        return document

    def of_number(self, issuer, encf):
        """Deliveries of a number, the last first."""
        return [
            one
            for one in reversed(self.documents)
            if (one.issuer, one.encf) == (issuer, encf)
        ]

    def new_token(self, now, holder):
        token = secrets.token_urlsafe(24)
        self.tokens[token] = (now + timedelta(hours=1), holder)
        return token

    def token_holds(self, token, now):
        return token in self.tokens and self.tokens[token][0] > now
