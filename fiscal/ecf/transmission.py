"""One step of a document on its way to DGII: what to call, and what follows from it.

A document is ``queued`` or in ``contingency`` (never sent, or surely not received),
``unknown`` (it was sent and the answer is not known) or ``sent`` (DGII gave a track
id). A step makes the call of its state and gives the values to write; it keeps nothing.

A document whose answer was lost is asked for, by its number and its security code. Only
when DGII still does not know it after a time of grace the same bytes are sent again. If
DGII then says that the number is used, it is asked once more: the first delivery may
have been on its way.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import dgii_states as states
from .dgii import DgiiClient, document_name
from .dgii_answers import Message, Result
from .dgii_http import DgiiError, Refused, Unavailable
from .schedule import BackOff

QUEUED, CONTINGENCY = "queued", "contingency"
UNKNOWN, SENT = "unknown", "sent"
#: Answers of HTTP that say nothing about the document.
_NOT_ABOUT_IT = frozenset((401, 403, 404, 405))
#: Rejections that may be about the first delivery of the very document.
_HELD_ALREADY = frozenset(("already_used", "same_security_code"))
#: Polls without result before the number itself is asked for.
_POLLS = 30


@dataclass(frozen=True)
class Ticket:
    """A document as a step needs it.

    ``state`` is the one it was taken in; ``xml`` what DGII gets, the summary where
    ``summarised``; ``code`` the security code; ``attempts`` how often it was sent, this
    time included; ``sent_at`` when it was sent last; ``asked`` how often it was asked
    for since; ``doubted`` that DGII called the number used and is asked why;
    ``old_track_ids`` those of documents that carried the number before.
    ``can_ask``: the environment answers questions (certecf does not).
    """

    state: str
    issuer: str
    encf: str
    xml: bytes
    code: str
    summarised: bool = False
    buyer: str = ""
    attempts: int = 1
    sent_at: datetime | None = None
    asked: int = 0
    track_id: str = ""
    doubted: bool = False
    old_track_ids: frozenset = frozenset()
    can_ask: bool = True


@dataclass(frozen=True)
class Waits:
    """How long to wait: before sending again, before asking again, and for a document
    whose answer was lost to appear (``grace``, seconds)."""

    sending: BackOff
    polling: BackOff
    grace: float


class Step:
    """The step of one document.

    >>> Step(ticket, waits, back="queued").run(client, now)         # doctest: +SKIP
    ({'state': 'sent', 'track_id': 'd2b6e27c-...', ...}, None)
    """

    def __init__(
        self,
        ticket: Ticket,
        waits: Waits,
        back: str = QUEUED,
        chance: random.Random | None = None,
    ):
        """:param back: state of a document that surely was not received"""
        self.ticket, self.waits, self.back, self.chance = ticket, waits, back, chance

    def run(self, client: DgiiClient, now) -> tuple[dict, DgiiError | None]:
        """Call DGII.

        :param now: function that tells the time, as ``sent_at`` tells it
        :return: ``(values to write, how the call failed)``
        """
        steps = {SENT: self._poll, UNKNOWN: self._ask}
        step = steps.get(self.ticket.state, self._send)
        try:
            return step(client, now), None
        except DgiiError as error:
            return self._failed(error, now()), error

    # -- sending -----------------------------------------------------------------------

    def _send(self, client, now):
        ticket = self.ticket
        name = document_name(ticket.issuer, ticket.encf)
        if ticket.summarised:
            return self._judged(client.send_summary(ticket.xml, name), now())
        received = client.send(ticket.xml, name)
        return {
            "state": SENT,
            "track_id": received.track_id,
            "asked": 0,
            "date_next": now() + self.waits.polling.wait(1, self.chance),
            "last_error": None,
        }

    # -- asking ------------------------------------------------------------------------

    def _poll(self, client, now):
        result = client.result(self.ticket.track_id)
        if self.ticket.asked >= _POLLS and self.ticket.can_ask and not result.code:
            return {"state": UNKNOWN, "track_id": None, "asked": 0, "date_next": now()}
        return self._judged(result, now())

    def _ask(self, client, now):
        ticket = self.ticket
        if not ticket.can_ask:
            return {"date_next": None, "last_error": "no_question_here"}
        if ticket.summarised:
            answer = client.summary_status(ticket.issuer, ticket.encf, ticket.code)
            return self._found(answer, now())
        deliveries = [
            one
            for one in client.track_ids(ticket.issuer, ticket.encf)
            if one.track_id not in ticket.old_track_ids
        ]
        if deliveries:
            return {
                "state": SENT,
                "track_id": _best(deliveries).track_id,
                "asked": 0,
                "date_next": now(),
                "last_error": None,
            }
        answer = client.status(ticket.issuer, ticket.encf, ticket.buyer, ticket.code)
        if answer.security_code and answer.security_code != ticket.code:
            # another document of this number, rejected before
            answer = Result(0, "No encontrado")
        return self._found(answer, now())

    def _found(self, answer, now):
        outcome = states.decide(answer)
        if outcome.state != states.NOT_FOUND:
            return self._judged(answer, now)
        since = self.ticket.sent_at or now
        if now - since >= timedelta(seconds=self.waits.grace):
            # DGII surely does not have it: the same bytes again
            return {"state": self.back, "asked": 0, "date_next": now}
        return {
            "asked": self.ticket.asked + 1,
            # not long after the grace is over
            "date_next": min(
                now + self.waits.polling.wait(self.ticket.asked + 1, self.chance),
                since + timedelta(seconds=self.waits.grace),
            ),
        }

    # -- what follows ------------------------------------------------------------------

    def _judged(self, answer, now):
        outcome = states.decide(answer)
        if not outcome.final:
            return self._later(now)
        keys = {explanation.key for explanation in outcome.explanations}
        if (
            outcome.state == states.REJECTED
            and keys & _HELD_ALREADY
            and self.ticket.attempts > 1
            and not self.ticket.doubted
            and self.ticket.can_ask
        ):
            # the first delivery may have come through: ask for it
            return {
                "state": UNKNOWN,
                "track_id": None,
                "doubted": True,
                "asked": 0,
                "date_next": now,
            }
        return {
            "state": outcome.state,
            "dgii_code": answer.code,
            "messages": messages(outcome.messages),
            "number_lives": bool(outcome.number_reusable),
            "date_answered": now,
            "date_next": None,
            "last_error": None,
        }

    def _later(self, now):
        wait = self.waits.polling.wait(self.ticket.asked + 1, self.chance)
        return {"asked": self.ticket.asked + 1, "date_next": now + wait}

    def _failed(self, error, now):
        wait = self.waits.sending.wait(max(self.ticket.attempts, 1), self.chance)
        values = {"last_error": str(error)[:500]}
        if self.ticket.state in (UNKNOWN, SENT):
            # a question failed: nothing is lost by asking again
            return {**values, **self._later(now)}
        if isinstance(error, Refused):
            if error.status in _NOT_ABOUT_IT:
                return {**values, "state": self.back, "date_next": now + wait}
            # never received, so the number is as good as new
            return {
                **values,
                "state": states.REJECTED,
                "messages": messages(error.messages)
                or [{"code": "", "text": str(error)}],
                "number_lives": True,
                "date_answered": now,
                "date_next": None,
            }
        if isinstance(error, Unavailable) and not error.may_be_received:
            if error.retry_after:
                asked = timedelta(seconds=min(error.retry_after, 3600))
                wait = max(wait, asked)
            return {**values, "state": self.back, "date_next": now + wait}
        wait = self.waits.polling.wait(1, self.chance)
        return {**values, "state": UNKNOWN, "asked": 0, "date_next": now + wait}


def messages(found: tuple[Message, ...]) -> list[dict]:
    """DGII's messages as JSON keeps them."""
    return [{"code": one.code, "text": one.text} for one in found]


def _best(deliveries):
    """The delivery that counts: the valid one, else one in process, else the last."""

    def rank(delivery):
        state = states.state_of(None, delivery.status)
        if state in states.VALID:
            return 0
        return 1 if state == states.IN_PROCESS else 2

    return min(deliveries, key=rank)
