from . import (
    approvals,
    auth,
    dispatcher,
    health,
    hub,
    legacy,
    openapi,
    orders,
    payments,
)
