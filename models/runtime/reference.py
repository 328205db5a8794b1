"""References that the server gives its own documents, and nobody else may."""

import re

from .problem import ApiProblem

#: In the context of what the server names itself; an object, no caller can send it.
SERVER = object()

#: Invoices of the back office, in the ledger only (``MOVE/<id>``); sales issued again
#: under another type and their notes (``FD/<order>/<type>``); returns without a name
#: of their own (``RF/<order>/<hash>``). Of returns only the whole form is taken: hubs
#: name theirs ``RF/1``.
_SERVER_REFERENCE = re.compile(r"MOVE/|FD/|RF/\d+/[0-9a-f]{16}(?:/|\Z)", re.ASCII)

#: Of the id of a record; Python refuses to read thousands of them.
_DIGITS = re.compile(r"[0-9]{1,20}")


def lock_key(company_id, reference):
    """Name of the advisory lock of everything that belongs to one reference."""
    return f"nu_pos_order:{company_id}:{reference}"


def database_id(value) -> int | None:
    """Read the id of a record, a whole number or its digits, that a column can hold;
    None for anything else.

    >>> database_id("14"), database_id(14)
    (14, 14)
    >>> [database_id(value) for value in ("²", "-1", "2147483648", 2.0, True, None)]
    [None, None, None, None, None, None]
    >>> database_id("9" * 5000)
    """
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < 2**31 else None


def is_server_reference(reference):
    """Whether a reference lies in the namespace of the server.

    >>> [is_server_reference(text) for text in ("MOVE/14", "FD/3/B01", "NU/CFG1/S2/9")]
    [True, True, False]
    >>> is_server_reference("RF/12/44136fa355b3678a"), is_server_reference("RF/1")
    (True, False)
    >>> is_server_reference(None)
    False
    """
    return bool(reference) and bool(_SERVER_REFERENCE.match(reference))


def refuse_server_reference(reference):
    """Refuse the name of a new order, reservation or return that is the server's.

    :raise ApiProblem: ``VALIDATION`` at ``pos_reference``
    """
    if is_server_reference(reference):
        raise ApiProblem(
            "VALIDATION",
            errors=[
                {
                    "path": "pos_reference",
                    "message": "begins like a name that the server gives: choose "
                    "another one",
                    "given": reference[:64],
                }
            ],
        )
