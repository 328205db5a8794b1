from . import nu_pos_ncf_void
