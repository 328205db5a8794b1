"""Where a request comes from, as the evidence tells it."""

from dataclasses import dataclass

#: Longest text of an origin that is kept.
LONGEST = 128


@dataclass(frozen=True)
class Origin:
    """Device, client version and id of a request of the API.

    It travels in the context under ``nu_origin``. The type is the proof that the gate
    made it: whoever calls over RPC may send any context, but no object of this class.
    """

    device: str | None = None
    app_version: str | None = None
    request_id: str | None = None

    def __post_init__(self):
        for name in ("device", "app_version", "request_id"):
            value = getattr(self, name)
            text = str(value)[:LONGEST] if value else None
            object.__setattr__(self, name, text)


def origin_of(env):
    """The :class:`Origin` of an environment; an empty one where no gate made any."""
    origin = env.context.get("nu_origin")
    return origin if isinstance(origin, Origin) else _NOWHERE


_NOWHERE = Origin()
