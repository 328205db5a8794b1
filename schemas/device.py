"""Shapes of the registered devices."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    Field,
)

from .base import Identifier, Out, Status, Text, Wire

Name = Annotated[Text, Field(min_length=1, max_length=128)]

#: As the header ``X-Device-Id``: visible characters, blanks inside only.
DeviceIdentifier = Annotated[
    str, Field(max_length=128, pattern=r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$")
]


class DeviceRegistration(Wire):
    """Register a device, or one known already again: it gets a new secret.

    ``device_id`` is what it sends as ``X-Device-Id``.
    """

    device_id: DeviceIdentifier
    name: Name | None = None
    config_id: Identifier | None = None
    platform: Name | None = None


class DeviceChange(Wire):
    """What is absent stays; ``config_id`` null frees the device from its register."""

    name: Name | None = None
    config_id: Identifier | None = None
    platform: Name | None = None


class Device(Out):
    """``device_id``: what it sends as ``X-Device-Id``."""

    id: int
    device_id: str
    name: str
    state: Literal["active", "revoked"]
    config_id: int | None
    platform: str | None
    app_version: str | None
    last_seen: datetime | None
    has_secret: bool

    @classmethod
    def from_record(cls, device) -> dict:
        return cls.closed(
            id=device.id,
            device_id=device.identifier,
            name=device.name,
            state=device.state,
            config_id=device.config_id.id or None,
            platform=device.platform or None,
            app_version=device.app_version or None,
            last_seen=device.date_seen and f"{device.date_seen.isoformat()}Z" or None,
            has_secret=device.has_secret,
        )


class DeviceAnswer(Status):
    device: Device


class DeviceRegisteredAnswer(DeviceAnswer):
    """``device_secret`` goes into ``X-Device-Secret``; it is told this once."""

    created: bool
    device_secret: str


class DeviceListAnswer(Status):
    data: list[Device]
