from . import (
    test_account_documents,
    test_account_documents_concurrency,
    test_account_documents_ecf,
    test_account_documents_print,
    test_account_documents_purchase,
    test_account_documents_queue,
)
