"""When to try again, and when sales go on in contingency. Pure rules on moments.

What the law gives (Decreto 587-24 arts. 40-43, Instructivo Contingencia FE 2026):

* without connection, documents are signed and printed with a legend, and sent
  within 72 hours;
* an issuer that cannot sign falls back on series B receipts for at most 15 calendar
  days, and replaces each by an e-CF within 30 calendar days.

Moments are datetimes, all with a zone or all without. Nothing here reads a clock.
"""

import random
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta

#: A document issued without connection must have been sent by then.
SEND_LIMIT = timedelta(hours=72)
#: Longest time on series B receipts.
INCAPACITY_LIMIT = timedelta(days=15)
#: A series B receipt of the contingency is replaced within these days of its date.
REPLACEMENT_LIMIT = timedelta(days=30)


@dataclass(frozen=True)
class BackOff:
    """A wait that grows by ``factor`` from ``first`` to ``longest``, in seconds.

    ``jitter`` is the part of the wait that chance takes away (0 to 1), so that the
    documents of an outage do not all come back in the same second.
    """

    first: float
    longest: float
    factor: float = 2.0
    jitter: float = 0.5

    def wait(self, attempts: int, chance: random.Random | None = None) -> timedelta:
        """How long to wait after so many attempts (1 or more).

        >>> BackOff(10, 100, jitter=0).wait(3)
        datetime.timedelta(seconds=40)
        """
        # beyond 64 steps the power would only overflow
        steps = min(max(attempts, 1) - 1, 64)
        seconds = min(self.longest, self.first * self.factor**steps)
        taken = (chance or random).random() * self.jitter
        return timedelta(seconds=seconds * (1 - taken))


#: Sending again what DGII does not have: half a minute to half an hour.
SENDING = BackOff(first=30, longest=1800)
#: Asking for the result of a trackId: DGII validates in a fraction of a second.
POLLING = BackOff(first=1, longest=300)


def next_attempt(
    now: datetime,
    attempts: int,
    *,
    back_off: BackOff = SENDING,
    retry_after: float | None = None,
    chance: random.Random | None = None,
) -> datetime:
    """When to try again after ``attempts`` attempts.

    :param retry_after: seconds the server asked for; never sooner, at most an hour
        on its word alone
    """
    wait = back_off.wait(attempts, chance)
    if retry_after is not None:
        wait = max(wait, timedelta(seconds=min(max(retry_after, 0), 3600)))
    return now + wait


@dataclass(frozen=True)
class Urgency:
    """How a document that is not sent stands against the limit of 72 hours."""

    deadline: datetime
    left: timedelta
    late: bool
    warn: bool


def urgency(
    issued_at: datetime, now: datetime, warn_before: timedelta = timedelta(hours=24)
) -> Urgency:
    """Where a document unsent since ``issued_at`` stands.

    A late document is still sent: only the duty was missed.
    """
    deadline = issued_at + SEND_LIMIT
    left = deadline - now
    return Urgency(deadline, left, now > deadline, left <= warn_before)


def replacement_deadline(receipt_day: date) -> date:
    """Last day to replace a series B receipt of the contingency.

    Counted from the receipt's own date, the earliest reading of the rule.
    """
    return receipt_day + REPLACEMENT_LIMIT


def incapacity_deadline(declared_on: date) -> date:
    """Last day of series B receipts of a contingency declared on that day."""
    return declared_on + INCAPACITY_LIMIT


@dataclass(frozen=True)
class Rule:
    """When the connection counts as lost, and when as found again.

    Lost after ``failures`` calls in a row without answer over at least
    ``seconds``: one slow call, or a burst within a second, is no contingency. Found
    again after ``successes`` calls in a row with an answer.
    """

    failures: int = 3
    seconds: float = 60
    successes: int = 2


@dataclass(frozen=True)
class Connection:
    """What is known of the way to DGII: a value, kept by the caller between calls.

    ``since`` is when the contingency was entered, None outside of it.
    """

    failures: int = 0
    first_failure: datetime | None = None
    successes: int = 0
    since: datetime | None = None

    @property
    def in_contingency(self) -> bool:
        return self.since is not None

    def after(self, answered: bool, now: datetime, rule: Rule = Rule()) -> "Connection":
        """What is known after one more call.

        ``answered``: DGII gave an answer, be it a refusal; False for a call that
        found nobody or was cut. In contingency ``since`` is the first failure, from
        which on receipts went out unsent.
        """
        if not answered:
            first = self.first_failure or now
            failures = self.failures + 1
            lost = (
                failures >= rule.failures
                and (now - first).total_seconds() >= rule.seconds
            )
            since = self.since or (first if lost else None)
            return replace(
                self,
                failures=failures,
                first_failure=first,
                successes=0,
                since=since,
            )
        if not self.in_contingency:
            return Connection()
        successes = self.successes + 1
        if successes >= rule.successes:
            return Connection()
        return replace(self, failures=0, first_failure=None, successes=successes)

    def as_dict(self) -> dict:
        """The value as JSON can carry it; ``from_dict`` reads it."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, data: dict) -> "Connection":
        moments = {
            name: datetime.fromisoformat(data[name]) if data.get(name) else None
            for name in ("first_failure", "since")
        }
        return cls(
            failures=int(data.get("failures", 0)),
            successes=int(data.get("successes", 0)),
            **moments,
        )
