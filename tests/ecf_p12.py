"""PKCS#12 files with several keys, which ``cryptography`` reads and does not write."""

import hashlib
import hmac

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

_DATA = bytes.fromhex("06092a864886f70d010701")
_SHA256 = bytes.fromhex("300d06096086480165030402010500")
_SALT, _ROUNDS = b"saltsalt", 2


def one_key(key, own, *others, password):
    return pkcs12.serialize_key_and_certificates(
        None,
        key,
        own,
        list(others),
        # one round: the tests do not guard this file
        serialization.PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(1)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .build(password.encode())
        if password
        else serialization.NoEncryption(),
    )


def several_keys(*pairs, password):
    """:param pairs: ``(key, certificate)``, in the order in which they lie there"""
    safes = b"".join(_safes(one_key(*pair, password=password)) for pair in pairs)
    content = _der(0x30, safes)
    digest = hmac.new(_mac_key(password), content, hashlib.sha256).digest()
    mac = _der(
        0x30,
        _der(0x30, _SHA256 + _der(4, digest))
        + _der(4, _SALT)
        + _der(2, bytes([_ROUNDS])),
    )
    data = _der(0x30, _DATA + _der(0xA0, _der(4, content)))
    return _der(0x30, _der(2, b"\x03") + data + mac)


def _safes(data):
    """The ContentInfos of a file."""
    _version, auth_safe, *_mac = _parts(_parts(data)[0])
    _kind, wrapped = _parts(auth_safe)
    [octets] = _parts(wrapped)
    return _parts(octets)[0]


def _parts(data):
    found = []
    while data:
        length, start = data[1], 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(data[2:start], "big")
        found.append(data[start : start + length])
        data = data[start + length :]
    return found


def _der(tag, content):
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def _mac_key(password):
    """RFC 7292 appendix B.2 with SHA-256, for the MAC (id 3)."""

    def filled(data):
        return (data * 64)[: 64 * -(-len(data) // 64)]

    text = password.encode("utf-16-be") + b"\0\0"
    made = hashlib.sha256(b"\x03" * 64 + filled(_SALT) + filled(text)).digest()
    for _round in range(_ROUNDS - 1):
        made = hashlib.sha256(made).digest()
    return made
