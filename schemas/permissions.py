"""The registry of permissions: every key, what it means, and who has it by default.

Roles: ``manager`` (Point of Sale / Administrator), ``cashier`` (Point of Sale / User),
``waiter`` (anybody else of the house). ``hub`` is no role of a person: it is what the
group POS Hub Service adds to whatever role its user has.
"""

from dataclasses import dataclass

MANAGER, CASHIER, WAITER, HUB = "manager", "cashier", "waiter", "hub"
ROLES = (MANAGER, CASHIER, WAITER)


@dataclass(frozen=True)
class Permission:
    """One key; ``roles`` have it unless a register or a person is told otherwise.

    ``enforced``: this server asks for it, or the till does, as the contract has it
    (drawer, switching users, closing, reports). Clients are told no other.
    """

    key: str
    label: str
    roles: frozenset[str]
    enforced: bool = True


def _permission(key, label, *roles, enforced=True):
    # a manager may do whatever anybody may
    return Permission(key, label, frozenset((MANAGER, *roles)), enforced)


_PERMISSIONS = (
    _permission("create_order", "Take orders", CASHIER, WAITER, HUB),
    _permission("modify_order", "Change orders", CASHIER, WAITER, HUB),
    _permission("view_orders", "See orders", CASHIER, WAITER, HUB),
    _permission("payment", "Take payments, issue numbers", CASHIER, HUB),
    _permission("discount", "Give discounts", CASHIER, HUB),
    _permission("price_edit", "Change prices", HUB),
    _permission("void_item", "Void items sent to the kitchen", HUB),
    _permission("refund", "Refund", HUB),
    _permission("reprint", "Reprint checks and receipts", HUB),
    _permission("annul_ncf", "Annul numbers"),
    _permission("cash_drawer", "Open the drawer", CASHIER),
    _permission("open_session", "Open sessions", CASHIER, enforced=False),
    _permission("close_session", "Close sessions"),
    _permission("x_report", "See the running totals", CASHIER, enforced=False),
    _permission("reports", "See reports"),
    _permission("settings", "Change settings"),
    _permission("switch_user", "Switch user", CASHIER, WAITER),
    _permission("hub_sync", "Log staff in offline, for hubs", HUB),
    _permission("device_manage", "Register and revoke devices"),
    _permission("audit_view", "See the audit"),
    _permission("credit_over_limit", "Sell on credit over the limit"),
    _permission("customers_view", "See customers", CASHIER, HUB),
    _permission("customers_edit", "Change customers", CASHIER, HUB),
)

#: {key: Permission}
PERMISSIONS = {permission.key: permission for permission in _PERMISSIONS}

#: What clients call a permission -> its key.
ACTION_TO_PERMISSION = {
    "priceEdit": "price_edit",
    "voidItem": "void_item",
    "createOrder": "create_order",
    "modifyOrder": "modify_order",
    "cashDrawer": "cash_drawer",
    "switchUser": "switch_user",
    "closeSession": "close_session",
}

#: Acts that a second person may let through, and the permission that person needs.
APPROVAL_TYPES = {
    "price_change": "price_edit",
    "discount_over_limit": "discount",
    "void_sent_item": "void_item",
    "refund": "refund",
    "cancel_order": "void_item",
    "session_close": "close_session",
    "cash_difference": "close_session",
    "credit_over_limit": "credit_over_limit",
    "reprint": "reprint",
    "cash_out": "cash_drawer",
}

#: Approvals that are about an order: they name it.
ABOUT_ORDERS = (
    "price_change",
    "discount_over_limit",
    "void_sent_item",
    "refund",
    "cancel_order",
    "credit_over_limit",
    "reprint",
)

#: Approvals that cover an amount, and no more: percent for discounts, else DOP.
WITH_AMOUNT = (
    "price_change",
    "discount_over_limit",
    "void_sent_item",
    "refund",
    "cancel_order",
    "credit_over_limit",
    "cash_difference",
    "cash_out",
)
