from . import (
    test_guarantees,
    test_upgrade,
)
