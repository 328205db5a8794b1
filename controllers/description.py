"""The description of the API, of the operations that are declared."""

import functools
import hashlib
import json

from ..schemas import openapi
from .gateway import OPERATIONS, UNKNOWN


def described_operations():
    """The operations the description is about, by resource."""
    return openapi.in_order(one for one in OPERATIONS.values() if one.name != UNKNOWN)


@functools.cache
def document():
    """The whole description.

    :return: ``dict``; one for the whole process, not to be changed
    """
    return openapi.document(described_operations())


@functools.cache
def document_text():
    """``(text, etag)`` of the description as JSON, made once a process."""
    text = json.dumps(document(), ensure_ascii=False, separators=(",", ":"))
    return text, hashlib.sha256(text.encode()).hexdigest()[:32]
