"""The wire: shapes of the API as pydantic models, and the table of its problems.

Knows no Odoo. ``controllers`` and ``models`` read these shapes; the description
of the API is built from them.
"""

from . import answers, approval, auth, base, order, problem, routes
