"""Shapes of the identity routes."""

from pydantic import SecretStr

from .base import Text, Wire


class Login(Wire):
    """Log in with the login and password of an Odoo user."""

    login: Text
    password: SecretStr
    config_id: int | None = None
    device_id: Text | None = None
