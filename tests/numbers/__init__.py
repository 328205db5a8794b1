from . import (
    test_ncf_concurrency,
    test_ncf_ledger,
    test_ncf_range,
    test_ncf_state_machine,
    test_numbering,
    test_one_document,
    test_sequences,
    test_series_b,
)
