"""Shapes of the identity routes."""

from typing import Annotated

from pydantic import Field, SecretStr, field_validator

from .base import Identifier, Text, Wire

Secret = Annotated[SecretStr, Field(max_length=1024)]
ShortSecret = Annotated[SecretStr, Field(min_length=1, max_length=64)]
Name = Annotated[Text, Field(min_length=1, max_length=128)]
#: As the header ``X-Device-Id``: visible characters, blanks inside only.
DeviceIdentifier = Annotated[
    str, Field(max_length=128, pattern=r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$")
]


class Login(Wire):
    """Log in with one of: ``login`` and ``password`` of an Odoo user; ``employee_id``
    and ``pin``; ``badge``. The last two need ``config_id`` and a registered device."""

    # before the login, which is asked for where a password came
    password: Secret | None = None
    login: Annotated[Text | None, Field(validate_default=True)] = None
    employee_id: Identifier | None = None
    pin: ShortSecret | None = None
    badge: ShortSecret | None = None
    config_id: Identifier | None = None
    device_id: Text | None = None

    @field_validator("login")
    @classmethod
    def _password_needs_it(cls, login, info):
        if login is None and info.data.get("password") is not None:
            raise ValueError("required with a password: the login of an Odoo user")
        return login


class Refresh(Wire):
    """Exchange a refresh token for a new pair; it is used up."""

    refresh_token: Annotated[SecretStr, Field(min_length=1, max_length=4096)]


class Empty(Wire):
    """Nothing."""


class UsersQuery(Wire):
    config_id: Identifier | None = None


class OfflineQuery(Wire):
    config_id: Identifier


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
