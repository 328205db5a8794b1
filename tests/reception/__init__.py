from . import (
    test_ecf_receiver,
    test_ecf_receiver_answers,
    test_ecf_receiver_bills,
    test_ecf_receiver_buyers,
    test_ecf_receiver_concurrency,
    test_ecf_receiver_evidence,
    test_ecf_receiver_http,
    test_ecf_receiver_strangers,
)
