from odoo import models


class ResDeviceLog(models.Model):
    """Where web sessions are used from, noted apart from what they do.

    Odoo notes it once an hour in the transaction of whatever request comes first. A
    sale on Odoo's screen takes its number beside its transaction, which can only see
    it when it has not written yet; with a note in it the sale failed, and so did each
    of Odoo's repeats.
    """

    _inherit = "res.device.log"

    def _update_device(self, request):
        # EXTENDS 'base'
        before = _last_notes(request)
        result = super()._update_device(request)
        if _last_notes(request) != before and not self.env.cr.readonly:
            # The note becomes durable: the session was used from there, whatever
            # becomes of the request. It is the first thing a request does.
            self.env.cr.commit()  # pylint: disable=invalid-commit
        return result


def _last_notes(request):
    return [trace["last_activity"] for trace in request.session.get("_trace") or ()]
