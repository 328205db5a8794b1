"""Case for tests of pure code: no database, no registry."""

from odoo.tests import BaseCase, tagged

from .dgii_loopback import LoopbackMixin


@tagged("post_install", "-at_install")
class PureCase(LoopbackMixin, BaseCase):
    """Test without a database.

    Derives from Odoo's ``BaseCase``: Odoo's loader skips a plain
    ``unittest.TestCase``, which has no ``test_tags``.
    """
