"""Shape of the answer that the service is up."""

from datetime import datetime

from .base import Status


class Health(Status):
    """``time``: the server's clock in UTC. A till whose clock differs by minutes sets
    it: the day of a document is the server's."""

    time: datetime
