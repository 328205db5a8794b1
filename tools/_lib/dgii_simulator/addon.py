"""The addon's own pure code, wherever it is loaded from.

In a test run the addon is loaded as ``odoo.addons.nu_restaurant_pos``; from the
command line there is no Odoo, and ``fiscal`` is found in the root of the checkout.
"""

import importlib
import sys
from pathlib import Path

_LOADED = "odoo.addons.nu_restaurant_pos"
_ROOT = str(Path(__file__).resolve().parents[3])

if _LOADED in sys.modules:
    _prefix = f"{_LOADED}."
else:
    _prefix = ""
    if _ROOT not in sys.path:
        sys.path.append(_ROOT)

certificate = importlib.import_module(f"{_prefix}fiscal.ecf.certificate")
signature = importlib.import_module(f"{_prefix}fiscal.ecf.signature")
