from . import (
    test_identity_concurrency,
    test_identity_device,
    test_identity_login,
    test_identity_offline,
    test_identity_session,
    test_permissions,
    test_personas,
    test_rights_approvals,
    test_rights_limits,
    test_rights_pins,
    test_rights_registers,
    test_rights_screen,
)
