"""Versions of the client programs, such as ``1.2.0+42`` (version and build).

>>> [is_older(v, "1.10") for v in ("1.9.9", "1.10", "1.10.0+7", "2")]
[True, False, False, False]

A build counts only where the minimum names one:

>>> [is_older(v, "1.2.0+42") for v in ("1.2+41", "1.2+42", "1.2.1+1", "1.2.0")]
[True, False, False, True]
"""

import re
from dataclasses import dataclass

_VERSION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9}){0,5})(?:\+([0-9]{1,9}))?")


class VersionError(ValueError):
    """The text is no version of the form ``1.2.0`` or ``1.2.0+42``."""


@dataclass(frozen=True)
class ClientVersion:
    """``numbers`` without zeros at the end, so that 1.2 equals 1.2.0."""

    numbers: tuple[int, ...]
    build: int | None = None


def parse_client_version(text: str) -> ClientVersion:
    """Read a version.

    >>> parse_client_version("1.2.0+42")
    ClientVersion(numbers=(1, 2), build=42)
    """
    match = _VERSION.fullmatch(text.strip()) if isinstance(text, str) else None
    if not match:
        raise VersionError(f"{text!r} is not a version such as 1.2.0 or 1.2.0+42.")
    numbers = [int(part) for part in match[1].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return ClientVersion(tuple(numbers), int(match[2]) if match[2] else None)


def is_older(client: str | ClientVersion, minimum: str | ClientVersion) -> bool:
    """Whether the client is below the minimum.

    Builds are compared only between equal versions and only where the minimum
    names one; a client that does not tell its build is then older.
    """
    if isinstance(client, str):
        client = parse_client_version(client)
    if isinstance(minimum, str):
        minimum = parse_client_version(minimum)
    if client.numbers != minimum.numbers or minimum.build is None:
        return client.numbers < minimum.numbers
    return client.build is None or client.build < minimum.build
