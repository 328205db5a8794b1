# A model before what extends it.
from . import (  # isort: skip
    problem,
    autocommit_pool,
    change_horizon,
    clock,
    decimal_precision,
    nu_pos_answering,
    nu_pos_api_request,
    service,
    sale_reads,
    reference_resolver,
    nu_pos_unit,
    unit_of_work,
    call,
    paging,
    reference,
    wire,
)
