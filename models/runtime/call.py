"""One request of the API: who calls, and from where."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from odoo.api import Environment

#: Longest text of a header that is stored.
LONGEST = 128


@dataclass(frozen=True, eq=False)
class Call:
    """Device, client version and id of a request of the API, and its caller.

    ``request.call`` in the controllers, ``call_of(env)`` in the models. It travels in
    the context under ``nu_call``. The type is the proof that the gate made it: whoever
    calls over RPC may send any context, but no object of this class.
    """

    device: str | None = None
    app_version: str | None = None
    request_id: str | None = None
    caller: Any = None  # access.nu_pos_identity.Caller
    _cache: dict = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self):
        for name in ("device", "app_version", "request_id"):
            value = getattr(self, name)
            text = str(value)[:LONGEST] if value else None
            object.__setattr__(self, name, text)

    def once(self, env: Environment, key: Hashable, compute: Callable[[], Any]) -> Any:
        """What ``compute()`` returns of the caller, computed once a request. Of
        another user than the caller, and of a call over RPC, it is computed anew."""
        if self.caller is None or self.caller.user_id != env.uid:
            return compute()
        if key not in self._cache:
            self._cache[key] = compute()
        return self._cache[key]


def call_of(env: Environment) -> Call:
    """The :class:`Call` of an environment; an empty one where no gate made any."""
    call = env.context.get("nu_call")
    return call if isinstance(call, Call) else _NONE


_NONE = Call()
