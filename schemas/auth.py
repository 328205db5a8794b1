"""Shapes of the identity routes: log-in, tokens, who calls, who may log in."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    Field,
    SecretStr,
    field_validator,
)

from .base import Identifier, Out, Status, Text, Wire

Secret = Annotated[SecretStr, Field(max_length=1024)]
ShortSecret = Annotated[SecretStr, Field(min_length=1, max_length=64)]


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


class UsersQuery(Wire):
    config_id: Identifier | None = None


class OfflineQuery(Wire):
    config_id: Identifier


class User(Out):
    """``id`` of the user who acts; name and role are the employee's where there is
    one."""

    id: int
    name: str
    role: Literal["manager", "cashier", "waiter"]
    employee_id: int | None = None


class TokenAnswer(Status):
    """``expires_in``: seconds from the access token's making to its end."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"]
    expires_in: int


class LoginAnswer(TokenAnswer):
    user: User


class TerminalSettings(Out):
    """How a terminal of a register works: with a hub or without, as till or kitchen
    screen."""

    nu_hub_enabled: bool
    nu_hub_url: str | None
    nu_hub_fallback_ip: str | None
    nu_terminal_mode: Literal["pos", "kds"]
    nu_login_method: Literal["pin", "rfid", "both"]


class Register(TerminalSettings):
    """A register the caller may use, with its open session and what a terminal of it
    has to know."""

    id: int
    name: str
    company_id: int
    session_id: int | None


class CallingDevice(Out):
    id: int
    device_id: str
    name: str


class Company(Out):
    id: int
    name: str


class MeAnswer(Status):
    """``device``: the registered one the token is bound to; ``config_id``: its
    register. ``permissions`` hold on the register; ``max_discount_pct`` null: no
    cap."""

    user: User
    device: CallingDevice | None
    company: Company
    config_id: int | None
    company_ids: list[int]
    permissions: dict[str, bool]
    max_discount_pct: float | None
    configs: list[Register]


class Tile(Out):
    """One of the staff, for the log-in screen."""

    id: int
    name: str
    initials: str
    role: Literal["manager", "cashier", "waiter"]
    role_label: str
    has_pin: bool
    has_badge: bool


class UsersAnswer(Status):
    config_id: int
    users: list[Tile]


class SaltedHash(Out):
    salt: str
    hash: str


class OfflineEmployee(Out):
    id: int
    name: str
    role: Literal["manager", "cashier", "waiter"]
    user_id: int | None
    pin: SaltedHash | None
    badge: SaltedHash | None


class HashAlgorithm(Out):
    """``hash`` = scrypt of the text with ``salt``, ``dklen`` bytes, in base64."""

    name: Literal["scrypt"]
    encoding: Literal["base64"]
    n: int
    r: int
    p: int
    dklen: int


class OfflineAuthAnswer(Status):
    config_id: int
    company_id: int
    generated_at: datetime
    algorithm: HashAlgorithm
    employees: list[OfflineEmployee]
