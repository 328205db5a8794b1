"""Files of reports to DGII, for people in the back office."""

import tempfile

from odoo import http
from odoo.http import content_disposition, request

_TYPES = {
    "txt": "text/plain; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class DgiiFiles(http.Controller):
    @http.route(
        "/nu_restaurant_pos/dgii/<int:report_id>/<any(txt, xlsx):kind>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def file(self, report_id, kind):
        """The file of a report: what was filed, or what would be."""
        report = request.env["nu.pos.dgii.report"].browse(report_id).exists()
        if not report:
            raise request.not_found()
        report.check_access("read")
        target = tempfile.TemporaryFile()  # noqa: SIM115  (the response closes it)
        name = report._write_file(kind, target)
        size = target.tell()
        target.seek(0)
        response = http.Response(
            iter(lambda: target.read(1 << 16), b""),
            headers={
                "Content-Type": _TYPES[kind],
                "Content-Length": size,
                "Content-Disposition": content_disposition(name),
                "Cache-Control": "no-store",
            },
        )
        response.call_on_close(target.close)
        return response
