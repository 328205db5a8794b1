# A model before what extends it.
from . import (  # isort: skip
    l10n_latam_document_type,
    nu_pos_ncf,
    nu_pos_ncf_range,
    nu_pos_ncf_range_watch,
    nu_pos_ncf_range_api,
    res_company,
    pos_config,
)
