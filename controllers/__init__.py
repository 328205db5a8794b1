from . import (
    approvals,
    auth,
    customers,
    dispatcher,
    health,
    hub,
    legacy,
    openapi,
    orders,
    payments,
)
