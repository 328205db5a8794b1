from . import (
    approvals,
    auth,
    bootstrap,
    customers,
    dispatcher,
    health,
    hub,
    legacy,
    openapi,
    orders,
    payments,
)
