"""All private keys of a PKCS#12 file (RFC 7292).

``cryptography`` reads one, the first. An authority that delivers two, one to decrypt
and one to sign, may put them in any order.
"""

from collections.abc import Iterator

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_private_key

_SEQUENCE, _OCTETS, _OID = 0x30, 0x04, 0x06
_DATA = bytes.fromhex("2a864886f70d010701")
_KEY_BAG = bytes.fromhex("2a864886f70d010c0a0101")
_SHROUDED_KEY_BAG = bytes.fromhex("2a864886f70d010c0a0102")


def private_keys(data: bytes, password: str) -> list:
    """Keys that lie in the file for themselves; those inside of an encrypted part, and
    those of a file that is not DER, are not found here.

    :param data: a file that opened with the password
    """
    found = []
    try:
        for kind, value in _bags(data):
            if kind in (_KEY_BAG, _SHROUDED_KEY_BAG):
                secret = password.encode() if kind == _SHROUDED_KEY_BAG else None
                found.append(load_der_private_key(value, secret))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # what was read until here does
        return found
    return found


def _bags(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """``(object identifier, value)`` of each bag that is not inside encrypted data."""
    _version, auth_safe, *_mac = _parts(_only(data, _SEQUENCE))
    safes = _content(auth_safe[1])
    for _tag, info in _parts(_only(safes, _SEQUENCE)) if safes else ():
        bags = _content(info)
        for _tag, bag in _parts(_only(bags, _SEQUENCE)) if bags else ():
            (_oid_tag, kind), (_value_tag, value), *_attributes = _parts(bag)
            yield kind, value


def _content(info: bytes) -> bytes | None:
    """What a ContentInfo of the type data holds; None for another type."""
    (tag, kind), (_tag, wrapped), *_rest = _parts(info)
    if tag != _OID or kind != _DATA:
        return None
    return _only(wrapped, _OCTETS)


def _only(data: bytes, tag: int) -> bytes:
    parts = _parts(data)
    if len(parts) != 1 or parts[0][0] != tag:
        raise ValueError("another structure was expected")
    return parts[0][1]


def _parts(data: bytes) -> list[tuple[int, bytes]]:
    """``(tag, content)`` of the DER values that follow each other."""
    found, place = [], 0
    while place < len(data):
        if place + 2 > len(data):
            raise ValueError("a value is cut off")
        tag, length = data[place], data[place + 1]
        place += 2
        if length & 0x80:
            octets = length & 0x7F
            if not 1 <= octets <= 4:
                raise ValueError("not the definite length of DER")
            length = int.from_bytes(data[place : place + octets], "big")
            place += octets
        if place + length > len(data):
            raise ValueError("a value is cut off")
        found.append((tag, data[place : place + length]))
        place += length
    return found
