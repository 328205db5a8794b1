from . import (
    test_bootstrap,
)
