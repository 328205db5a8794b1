from . import (
    test_audit,
    test_audit_chain,
    test_audit_command,
    test_audit_concurrency,
    test_audit_export,
    test_audit_flood,
)
