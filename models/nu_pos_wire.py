"""From a client's object to a shape of ``schemas``, refusals included."""

from pydantic import ValidationError as ShapeError

from ..schemas.base import error_path, validation_errors
from .nu_pos_problem import ApiProblem


def parse(shape, data, at=()):
    """``data`` as an instance of ``shape``.

    :param at: location of ``data`` inside a larger body, for the paths of errors
    :raise ApiProblem: ``VALIDATION`` with every wrong field
    """
    try:
        return shape.model_validate(data)
    except ShapeError as error:
        errors = validation_errors(error)
        prefix = error_path(at)
        for entry in errors:
            if prefix:
                separator = "." if entry["path"] else ""
                entry["path"] = f"{prefix}{separator}{entry['path']}"
        raise ApiProblem("VALIDATION", errors=errors) from None
