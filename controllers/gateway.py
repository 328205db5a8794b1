"""How a route of the API is declared: once, at its method."""

import inspect
from dataclasses import replace

from odoo import http

from ..schemas.operation import Operation
from . import dispatcher  # noqa: F401  (makes type="pos_api" known to the routing)

#: Every declared operation: {name: Operation}
OPERATIONS = {}
#: Answers whatever path no other operation takes; no part of the description.
UNKNOWN = "unknown"
#: {path of the routing: (class whose methods serve it, {verb: Operation})}
_PATHS = {}


def operation(verbs, *paths, like=None, **declared):
    """Declare a method of a controller as an operation of the API.

    The first line of the method's docstring is its summary in the description. The
    method gets the request read as ``query`` (of a GET) or ``body``, where there is
    such a shape, the parts of the path by name and, where ``keyed``, the
    ``idempotency`` of the request. It returns an ``Answer``, a ``dict``, a shape or a
    ``Response``; ``created`` true is answered with 201 where that is declared.

    Operations that share a path are methods of one class. ``auth="none"``: the
    dispatcher identifies the caller, web sessions do not count. All verbs reach the
    dispatcher, so that a wrong one is answered with a problem.

    :param verbs: ``"GET"``, or several with blanks between
    :param paths: under ``/pos-api/v1`` unless they begin with a slash
    :param like: a declared method that this one is another name of
    :param declared: further members of :class:`~..schemas.operation.Operation`
    """

    def decorate(method):
        declared["summary"] = inspect.getdoc(method).partition("\n")[0].rstrip(".")
        declared.update(verbs=tuple(verbs.split()), paths=paths, method=method.__name__)
        if like:
            original = like.original_routing["nu_operation"]
            one = replace(original, like=original, **declared)
        else:
            one = Operation(**declared)
        by_verb = _register(one, method)
        return http.route(
            list(one.full_paths),
            type="pos_api",
            auth="none",
            csrf=False,
            save_session=False,
            readonly=_is_readonly,
            nu_operation=one,
            nu_operations=by_verb,
        )(method)

    return decorate


def _register(one, method):
    """:return: ``{verb: Operation}`` of all that share the operation's path"""
    if one.name in OPERATIONS:
        raise ValueError(f"two operations bear the name {one.name}")
    OPERATIONS[one.name] = one
    owner = f"{method.__module__}.{method.__qualname__.rpartition('.')[0]}"
    place = _PATHS.get(one.full_paths[0]) or (owner, {})
    for path in one.full_paths:
        if _PATHS.setdefault(path, place) is not place or place[0] != owner:
            raise ValueError(f"the operations of {path} are methods of one class")
    by_verb = place[1]
    for verb in one.verbs:
        if by_verb.setdefault(verb, one) is not one:
            raise ValueError(f"{verb} {one.paths[0]} is declared twice")
    return by_verb


def _is_readonly(controller, rule, args):
    """Reads may come from a replica, writes may not."""
    by_verb = rule.endpoint.routing["nu_operations"]
    one = by_verb.get(http.request.httprequest.method)
    return bool(one and one.readonly)
