"""The hash chain of the audit, and the file that carries it to an auditor.

Each entry's hash covers the hash before it and the canonical text of its row, so that
no row can be changed, left out or moved without breaking every hash after it:

>>> first = link(GENESIS, {"id": 1, "event": "create"})
>>> second = link(first, {"id": 2, "event": "update", "ncf": None})
>>> entries = [
...     Entry(1, GENESIS, first, {"id": 1, "event": "create"}, 1),
...     Entry(2, first, second, {"id": 2, "event": "update"}, 2),
... ]
>>> verify(entries).ok
True
>>> verify(entries[1:]).broken
Break(seq=1, row_id=None, reason='gap', after_id=None)

Whoever can rewrite the whole table can rewrite a plain chain too. An entry may
therefore carry a message authentication code (HMAC) of its place and hash, made with a
key that is not in the database:

>>> key = b"outside the database"
>>> code = authenticate(key, 7, 1, first)
>>> signed = Entry(1, GENESIS, first, {"id": 1, "event": "create"}, 1, code)
>>> verify([signed], key=key, chain_id=7).ok
True
>>> verify([signed], key=b"another", chain_id=7).broken.reason
'forged'

Nothing here needs Odoo. An auditor checks an exported file with

    python3 -m fiscal.chain FILE
"""

import hashlib
import hmac
import json
import re
import sys
from dataclasses import dataclass
from typing import NamedTuple

from .canonical import canonical_json

#: What the first entry of a chain follows.
GENESIS = "0" * 64
#: First line of an exported file names it.
FORMAT = "nu_restaurant_pos.audit/1"
#: Members of an exported line that belong to the chain, not to the row.
LINKS = ("seq", "prev_hash", "hash")

#: Why an entry breaks the chain.
REASONS = {
    "altered": "its content does not match its hash",
    "link": "it does not follow the entry before it",
    "gap": "the entry is missing",
    "missing": "the row is missing, only its seal is left",
    "order": "it is out of order",
    "inserted": "it was put among sealed rows",
    "truncated": "the entries after it are missing",
    "rewritten": "the chain was another one when it was last attested",
    "unsigned": "it lacks the authentication code that entries before it have",
    "forged": "its authentication code was not made with the secret of this server",
}


class ChainFileError(ValueError):
    """The file is not an exported chain; the message names the line."""


class Entry(NamedTuple):
    """One sealed row: its place, its hashes and what they cover.

    ``row`` is None where the seal is left without its row.
    """

    seq: int
    prev_hash: str
    hash: str
    row: dict | None
    row_id: int | None
    mac: str | None = None


class Break(NamedTuple):
    """The first entry that does not hold: ``reason`` is a key of ``REASONS``.

    Of an entry that is gone the row is unknown; ``after_id`` is the one before it.
    """

    seq: int
    row_id: int | None
    reason: str
    after_id: int | None = None


@dataclass
class Verdict:
    """What verifying found: the entries that hold, the head they lead to, the break."""

    count: int = 0
    seq: int = 0
    hash: str = GENESIS
    row_id: int = 0
    broken: Break | None = None

    @property
    def ok(self):
        return self.broken is None


def row_text(row: dict) -> str:
    """Canonical text of a row. Empty fields are left out, so that a field added later
    leaves the hashes of older rows as they are."""
    return canonical_json({k: v for k, v in row.items() if v is not None})


def link(prev_hash: str, row: dict) -> str:
    """Hash of a row that follows ``prev_hash``: SHA-256, in hexadecimal."""
    return hashlib.sha256((prev_hash + row_text(row)).encode()).hexdigest()


def authenticate(key: bytes, chain_id: int, seq: int, digest: str) -> str:
    """Authentication code of one entry: HMAC-SHA256 over its chain, place and hash."""
    text = f"{chain_id}:{seq}:{digest}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def verify(entries, verdict=None, key=None, chain_id=0, trusted_seq=0) -> Verdict:
    """Follow the entries, in the order of the chain, up to the first that breaks it.

    :param entries: iterable of :class:`Entry`; read once, never held together
    :param verdict: where the chain begins or goes on; the very beginning by default
    :param key: secret of the authentication codes; None: codes are not looked at
    :param chain_id: which chain the codes are of
    :param trusted_seq: entries up to this place may lack a code or carry one of an
        older secret: somebody vouched for them
    :return: the verdict, advanced over the entries that hold
    """
    verdict = verdict or Verdict()
    signed = False
    for entry in entries:
        reason = _reason(entry, verdict)
        if not reason and key is not None and entry.seq > trusted_seq:
            # a chain may begin without codes, made by an older version; once they
            # have begun they do not end
            reason = _code_reason(entry, key, chain_id, signed)
            signed = signed or bool(entry.mac)
        if reason == "gap":
            # the entry that is not there is the bad one, not the one after it
            verdict.broken = Break(
                verdict.seq + 1, None, reason, verdict.row_id or None
            )
        elif reason:
            verdict.broken = Break(entry.seq, entry.row_id, reason)
        if reason:
            break
        verdict.count += 1
        verdict.seq, verdict.hash = entry.seq, entry.hash
        verdict.row_id = entry.row_id
    return verdict


def _reason(entry, verdict):
    if entry.seq > verdict.seq + 1:
        return "gap"
    if entry.seq < verdict.seq + 1:
        return "order"
    if entry.row is None:
        return "missing"
    if entry.prev_hash != verdict.hash:
        return "link"
    if link(entry.prev_hash, entry.row) != entry.hash:
        return "altered"
    if entry.row_id <= verdict.row_id:
        return "order"
    return None


def _code_reason(entry, key, chain_id, signed):
    if not entry.mac:
        return "unsigned" if signed else None
    expected = authenticate(key, chain_id, entry.seq, entry.hash)
    return None if hmac.compare_digest(entry.mac, expected) else "forged"


# -- The exported file -----------------------------------------------------------------


def header_line(**members) -> str:
    """First line of a file: what it holds and where its chain begins and ends."""
    return canonical_json({"format": FORMAT, **members})


def entry_line(entry: Entry) -> str:
    return canonical_json(
        {
            **entry.row,
            "seq": entry.seq,
            "prev_hash": entry.prev_hash,
            "hash": entry.hash,
        }
    )


def read_header(line: str) -> dict:
    """The header of a file.

    :raise ChainFileError: it is none, or of a format this code does not know
    """
    header = _parse(line, 1)
    if header.get("format") != FORMAT:
        raise ChainFileError(f"Line 1 does not begin a file of format {FORMAT}")
    numbers = ("first_seq", "last_seq", "count")
    if not all(_is_count(header.get(name)) for name in numbers) or not all(
        _is_hash(header.get(name)) for name in ("previous_hash", "last_hash")
    ):
        raise ChainFileError("Line 1 does not say where the chain begins and ends")
    return header


def read_entry(line: str, number: int) -> Entry:
    """The entry of a line.

    :raise ChainFileError: the line is not one
    """
    row = _parse(line, number)
    seq, prev_hash, digest = (row.pop(name, None) for name in LINKS)
    row_id = row.get("id")
    if not (
        _is_count(seq)
        and _is_count(row_id)
        and isinstance(prev_hash, str)
        and isinstance(digest, str)
    ):
        raise ChainFileError(f"Line {number} is not an entry of the chain")
    return Entry(seq, prev_hash, digest, row, row_id)


def verify_file(lines) -> tuple[dict, Verdict]:
    """Verify an exported file.

    :param lines: iterable of its lines; read once
    :return: ``(header, verdict)``
    :raise ChainFileError: something else than an exported chain
    """
    lines = iter(lines)
    header = read_header(next(lines, ""))
    verdict = Verdict(seq=header["first_seq"] - 1, hash=header["previous_hash"])
    verify(
        (
            read_entry(line, number)
            for number, line in enumerate(lines, 2)
            if line.strip()
        ),
        verdict,
    )
    if verdict.ok:
        if verdict.seq < header["last_seq"] or verdict.count < header["count"]:
            verdict.broken = Break(verdict.seq, verdict.row_id or None, "truncated")
        elif verdict.hash != header["last_hash"]:
            verdict.broken = Break(verdict.seq, verdict.row_id or None, "rewritten")
    return header, verdict


def _parse(line, number):
    try:
        # a float has no canonical text: whatever carries one is no line of ours
        value = json.loads(line, parse_float=_refuse_float)
    except (ValueError, RecursionError) as error:
        raise ChainFileError(f"Line {number} is not JSON") from error
    if not isinstance(value, dict):
        raise ChainFileError(f"Line {number} is not a JSON object")
    return value


def _refuse_float(text):
    raise ValueError(f"{text} is no whole number")


def _is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_hash(value):
    return isinstance(value, str) and bool(re.fullmatch("[0-9a-f]{64}", value))


def describe(broken: Break) -> str:
    """A break as a sentence."""
    if broken.row_id:
        named = f"row {broken.row_id}"
    else:
        named = f"after row {broken.after_id}" if broken.after_id else "the first"
    return f"Entry {broken.seq} ({named}): {REASONS[broken.reason]}"


def main(arguments) -> int:
    """Verify the files named; 0 when every one holds."""
    status = 0
    for name in arguments:
        try:
            with open(name, encoding="utf-8") as lines:
                header, verdict = verify_file(lines)
        except (OSError, ValueError) as error:
            sys.stderr.write(f"{name}: {error}\n")
            status = 1
            continue
        if verdict.ok:
            sys.stdout.write(
                f"{name}: {verdict.count} rows hold, "
                f"{header['first_seq']} to {verdict.seq}, head {verdict.hash}\n"
            )
        else:
            sys.stderr.write(f"{name}: {describe(verdict.broken)}\n")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
