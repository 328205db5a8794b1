"""Shapes of the answers about who calls: tokens, staff, devices, approvals."""

from datetime import datetime
from typing import Literal

from .answers import Out, Status


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


class DeviceAnswer(Status):
    device: Device


class DeviceRegisteredAnswer(DeviceAnswer):
    """``device_secret`` goes into ``X-Device-Secret``; it is told this once."""

    created: bool
    device_secret: str


class DeviceListAnswer(Status):
    data: list[Device]


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


class Approver(Out):
    id: int | None
    name: str


class ApprovalAnswer(Status):
    """``approval_token`` is told once; send it with the act it was given for."""

    approval_token: str
    approval_id: int
    type: str
    expires_in: int
    approver: Approver
