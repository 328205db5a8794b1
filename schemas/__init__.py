"""The wire: shapes of the API as pydantic models, and the table of its problems.

Knows no Odoo. ``controllers`` and ``models`` read these shapes; the description
of the API is built from them.
"""

from . import (
    approval,
    auth,
    base,
    bootstrap,
    customer,
    device,
    examples,
    fiscal_block,
    fiscal_document,
    health,
    hub,
    openapi,
    operation,
    order,
    payment_method,
    permissions,
    problem,
    refund,
    refusal,
    reservation,
    samples,
    sequence,
    snapshot,
    sold,
    vocabulary,
)
