"""What goes wrong on purpose."""

import random
from dataclasses import dataclass, field, fields


@dataclass
class Faults:
    """What the simulator does wrong; all off by default.

    ``services`` limits the rest to the services named; empty means all of them.
    """

    #: Seconds before each call is looked at.
    delay: float = 0
    #: Do the work, but keep the answers to oneself until this is off again.
    hold_answers: bool = False
    #: Answer 503 to everything, with Retry-After when ``retry_after`` is not 0.
    maintenance: bool = False
    retry_after: int = 0
    #: Close the connection of everything, without looking at it.
    hang_up: bool = False
    #: Answer 500 to one call in so many; before looking at it, or after.
    fail_every: int = 0
    #: Answer 500 to the next so many calls.
    fail_next: int = 0
    #: Answer 500 with this probability, by ``seed``.
    fail_chance: float = 0
    fail_after_work: bool = False
    #: Do the work of the next so many calls, then close without an answer.
    lose_answers: int = 0
    #: The same with this probability, by ``seed``.
    lose_chance: float = 0
    #: Answer 429 to the next so many calls.
    too_many: int = 0
    #: Answer the next so many calls with a page of HTML and status 200.
    pages: int = 0
    #: Reject the next so many documents with these messages.
    reject_next: int = 0
    reject_messages: list = field(default_factory=lambda: [["2020", "Rechazado"]])
    reject_burns: bool = True
    services: list = field(default_factory=list)
    seed: int = 1

    def __post_init__(self):
        self._calls = 0
        self._chance = random.Random(self.seed)

    def set(self, **values):
        """Set some; unknown names are refused."""
        known = {one.name for one in fields(self)}
        if unknown := set(values) - known:
            raise KeyError(f"No such fault: {', '.join(sorted(unknown))}")
        for name, value in values.items():
            setattr(self, name, value)
        if "seed" in values:
            self._chance = random.Random(self.seed)

    def before(self, service):
        """What happens to a call before it is looked at: a word, or None."""
        if self.services and service not in self.services:
            return None
        if self.hang_up:
            return "hang_up"
        if self.maintenance:
            return "maintenance"
        for name in ("too_many", "pages"):
            if getattr(self, name) > 0:
                setattr(self, name, getattr(self, name) - 1)
                return name
        return None if self.fail_after_work else self._fails()

    def after(self, service):
        """What happens to the answer: ``lose``, ``fail`` or None."""
        if self.services and service not in self.services:
            return None
        if self.lose_answers > 0:
            self.lose_answers -= 1
            return "lose"
        if self.lose_chance and self._chance.random() < self.lose_chance:
            return "lose"
        return self._fails() if self.fail_after_work else None

    def holds(self, service):
        """Whether the answer to this service is kept back for now."""
        return self.hold_answers and service in (self.services or [service])

    def rejection(self):
        """``(messages, burns)`` for a document that is to be rejected, or None."""
        if self.reject_next <= 0:
            return None
        self.reject_next -= 1
        return [tuple(one) for one in self.reject_messages], self.reject_burns

    def _fails(self):
        self._calls += 1
        if self.fail_next > 0:
            self.fail_next -= 1
            return "fail"
        if self.fail_every and self._calls % self.fail_every == 0:
            return "fail"
        if self.fail_chance and self._chance.random() < self.fail_chance:
            return "fail"
        return None
