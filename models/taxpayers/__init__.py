# A model before what extends it.
from . import (  # isort: skip
    nu_pos_rnc,
    rnc_download,
    rnc_staging,
    nu_pos_rnc_import,
    nu_pos_rnc_import_file,
    res_partner,
)
