"""From a client's object to a shape of ``schemas``, refusals included."""

import functools
import inspect
import math

from pydantic import BaseModel
from pydantic import ValidationError as ShapeError

from ...schemas.base import error_path, validation_errors
from ...schemas.sold import MAX_DEPTH, SoldError, read_sold
from .problem import ApiProblem

#: Path of a finding about a body as a whole.
WHOLE = "body"


def parse(shape, data, at=()):
    """``data`` as an instance of ``shape``; one that is such is taken as it is.

    :param at: location of ``data`` inside a larger body, for the paths of errors
    :raise ApiProblem: ``VALIDATION`` with every wrong field
    """
    if isinstance(data, shape):
        return data
    errors, raw = [], getattr(shape, "UNREAD", ())
    if isinstance(data, dict):
        for key, value in data.items():
            if key not in raw:
                _check_plain(value, (*at, key), errors)
    elif "" not in raw:
        _check_plain(data, at, errors)
    if not errors:
        try:
            return shape.model_validate(data)
        except ShapeError as error:
            errors = _at(at, validation_errors(error, shape))
    raise ApiProblem("VALIDATION", errors=errors)


def reads(method):
    """Let an entry point take plain objects in the place of its shape.

    The gate of the API hands it the shape, which a type hint names; whoever calls it
    from Odoo (a script, another addon) may give what a client would send.

    :raise ApiProblem: ``VALIDATION``, of the method
    """
    parameters = list(inspect.signature(method).parameters.values())[1:]
    [(place, name, shape)] = [
        (place, one.name, one.annotation)
        for place, one in enumerate(parameters)
        if isinstance(one.annotation, type) and issubclass(one.annotation, BaseModel)
    ]

    @functools.wraps(method)
    def read(self, *args, **named):
        if name in named:
            named[name] = parse(shape, named[name])
        else:
            args = (*args[:place], parse(shape, args[place]), *args[place + 1 :])
        return method(self, *args, **named)

    return read


def parse_sold(data, at=()):
    """The snapshot of a sale that is paid already, as ``schemas.sold`` reads it.

    :return: ``(SoldSnapshot, warnings)``
    :raise ApiProblem: ``VALIDATION`` with what money and number depend on
    """
    try:
        return read_sold(data)
    except SoldError as error:
        raise ApiProblem("VALIDATION", errors=_at(at, error.errors)) from error


def _at(location, errors):
    """The errors with their paths inside the larger body; what is about the whole of
    it has the path ``body``."""
    prefix = error_path(location)
    for entry in errors:
        if prefix:
            separator = "." if entry["path"] else ""
            entry["path"] = f"{prefix}{separator}{entry['path']}"
        entry["path"] = entry["path"] or WHOLE
    return errors


def _check_plain(value, at, errors):
    """What JSON can say and the database or the evidence cannot hold: NUL, half of a
    surrogate pair, NaN, bottomless nesting."""
    message = None
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
            message = "holds a character that is no text"
    elif isinstance(value, float):
        if not math.isfinite(value):
            message = "is not a finite number"
    elif isinstance(value, (dict, list)) and len(at) > MAX_DEPTH:
        message = f"is nested deeper than {MAX_DEPTH}"
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_plain(str(key), (*at, "key"), errors)
            _check_plain(item, (*at, str(key)), errors)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            _check_plain(item, (*at, index), errors)
    if message and len(errors) < 20:
        errors.append({"path": error_path(at)[:200], "message": message})
