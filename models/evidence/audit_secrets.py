"""What never gets into the audit."""

import re

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
_SECRET = re.compile(
    r"pass(word|wd|phrase|code)?$|(^|_)(pwd|pin|otp|badge|barcode|cookie|credentials?)$"
    r"|token|secret|authori[sz]ation|(api|private)_?key"
)
HIDDEN = "***"


def is_secret(name):
    """Whether values of this name are no evidence but a secret.

    >>> [is_secret(name) for name in ("userPin", "X-Api-Key", "shipping")]
    [True, True, False]
    """
    return bool(_SECRET.search(_WORDS.sub("_", str(name)).lower()))


def without_secrets(value, limit=None):
    """A copy of the data with the values of secret names hidden.

    :param limit: cut longer texts
    """
    if isinstance(value, dict):
        return {
            str(name): HIDDEN
            if is_secret(name) and item not in (None, False, "")
            else without_secrets(item, limit)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [without_secrets(item, limit) for item in value]
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str) and limit:
        return value[:limit]
    return value
