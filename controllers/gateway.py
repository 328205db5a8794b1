"""How a route of the API is declared."""

from odoo import http

from ..schemas.routes import ROUTES
from . import dispatcher  # noqa: F401  (makes type="pos_api" known to the routing)


def api_route(*names):
    """``@http.route`` of the routes ``names`` of the table ``schemas.routes``; several
    names share a path and differ by method.

    ``auth="none"``: the dispatcher identifies the caller, web sessions do not count.
    All methods reach the dispatcher, so that a wrong one is answered with a problem.
    """
    routes = [ROUTES[name] for name in names]
    by_verb = {verb: route for route in routes for verb in route.verbs}

    def readonly(controller, rule, args):
        # reads may come from a replica, writes may not
        route = by_verb.get(http.request.httprequest.method)
        return bool(route and route.readonly)

    return http.route(
        list(routes[0].full_paths),
        type="pos_api",
        auth="none",
        csrf=False,
        save_session=False,
        readonly=readonly,
        nu_routes=by_verb,
    )
