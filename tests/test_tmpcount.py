from odoo.tests import tagged
from .common import FiscalCase
from odoo.sql_db import BaseCursor, Cursor

@tagged("post_install", "-at_install")
class TestTmp(FiscalCase):
    def test_count(self):
        self.finalize(); self.finalize()
        for ft in ("B02",):
            self.env.flush_all(); self.env.invalidate_all()
            seen = []
            real = Cursor.execute
            def spy(cr, query, params=None, log_exceptions=True):
                seen.append(str(getattr(query, "code", query))[:3000])
                return real(cr, query, params, log_exceptions)
            Cursor.execute = spy
            try:
                self.Order.hub_finalize_snapshot(self.snapshot(fiscal_type=ft))
            finally:
                Cursor.execute = real
            hits = [q for q in seen if "nu_billing" in q or "nu_is_not_invoiced" in q]
            print("COUNT", ft, len(seen), len(hits))
            for q in hits: print("HIT", q[:1500].replace("\n"," "))
