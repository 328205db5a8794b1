from . import (
    test_rnc_import,
    test_rnc_lookup,
)
