"""How a route of the API is declared."""

from odoo import http

from . import dispatcher  # noqa: F401  (makes type="pos_api" known to the routing)

PREFIX = "/pos-api/v1"


def api_route(*paths, verbs=("POST",), **routing):
    """``@http.route`` with what all routes of the API share. A path without a leading
    slash lies under ``/pos-api/v1``.

    ``auth="none"``: the dispatcher identifies the caller, web sessions do not count.
    """
    return http.route(
        [path if path.startswith("/") else f"{PREFIX}/{path}" for path in paths],
        type="pos_api",
        auth="none",
        csrf=False,
        save_session=False,
        verbs=verbs,
        **routing,
    )
