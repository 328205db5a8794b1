from odoo import api, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from ..runtime.autocommit_pool import Shared
from ..runtime.nu_pos_unit import renew_snapshot


class PosSession(models.Model):
    """Closing waits for the sales that are on their way, and those that come wait for
    it; the rows of a session are sealed as soon as it is closed.

    Core closes on the snapshot its transaction began with. A sale committed after that
    would be a paid order of a closed session, which no entry of the books holds.
    """

    _inherit = "pos.session"

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'point_of_sale'; a rescue session takes what is sold already
        config_ids = {
            vals.get("config_id") or self.env.context.get("default_config_id")
            for vals in vals_list
            if not vals.get("rescue")
        }
        self.env["pos.config"].browse(config_ids - {None})._nu_check_numbering()
        sessions = super().create(vals_list)
        # programmes of loyalty are made by addons that we do not need
        sessions.config_id._nu_mark_not_invoiced()
        return sessions

    @api.model
    def _nu_gate(self, config_id):
        """Key that sales of a register share, and a closing has alone."""
        return f"nu_pos_session:{config_id}"

    def _nu_keep_open(self, keys=()):
        """Keep the sessions from being closed until this transaction ends.

        :param keys: what else it takes for itself; in one go, so that no two requests
            wait for each other
        """
        gates = [Shared(self._nu_gate(config.id)) for config in self.config_id]
        keys = [*gates, *keys]
        if keys and self.env["nu.pos.unit"].hold(keys):
            renew_snapshot(self.env.cr)
            # read before the lock; one of them may have been closed meanwhile
            self.invalidate_recordset(flush=False)

    def _nu_stop_sales(self):
        """Wait for running sales, keep new ones waiting, and see all that was sold."""
        keys = [self._nu_gate(config.id) for config in self.config_id]
        control = self.env["nu.pos.unit"].hold(keys)
        if not control:
            return
        self.env.flush_all()
        if renew_snapshot(self.env.cr):
            self.env.invalidate_all(flush=False)
            return
        # It has written: it cannot look anew, but it can tell whether it must.
        count = SQL(
            "SELECT count(*) AS orders, max(write_date) AS latest FROM pos_order"
            " WHERE session_id IN %s",
            tuple(self.ids),
        )
        self.env.cr.execute(count)
        if self.env.cr.dictfetchone() != dict(control.fetchone(count)):
            raise ConcurrencyError("sales were made while the session was being closed")

    def action_pos_session_closing_control(
        self,
        balancing_account=False,
        amount_to_balance=0,
        bank_payment_method_diffs=None,
    ):
        # EXTENDS 'point_of_sale'
        self._nu_stop_sales()
        return super().action_pos_session_closing_control(
            balancing_account, amount_to_balance, bank_payment_method_diffs
        )

    def _accumulate_amounts(self, data):
        # EXTENDS 'point_of_sale'
        # What cash rounded is booked as long as it was rounded; core asks whether the
        # register rounds at the moment of the closing.
        data = super()._accumulate_amounts(data)
        if not self.config_id.cash_rounding:
            difference = data["rounding_difference"]
            for order in self._get_closed_orders():
                rounding = 0.0 if order.is_invoiced else order._nu_rounding()
                if rounding:
                    difference = self._update_amounts(
                        difference, {"amount": rounding}, order.date_order
                    )
            data["rounding_difference"] = difference
        return data

    def _get_rounding_difference_vals(self, amount, amount_converted):
        # EXTENDS 'point_of_sale'
        if self.config_id.cash_rounding:
            return super()._get_rounding_difference_vals(amount, amount_converted)
        is_loss = self.currency_id.compare_amounts(amount, 0) < 0
        values = {
            "name": self.env._("Rounding line"),
            "move_id": self.move_id.id,
            "account_id": self.config_id._nu_rounding_account(is_loss).id,
        }
        if is_loss:
            return self._debit_amounts(values, -amount, -amount_converted)
        return self._credit_amounts(values, amount, amount_converted)

    def _validate_session(
        self,
        balancing_account=False,
        amount_to_balance=0,
        bank_payment_method_diffs=None,
    ):
        # EXTENDS 'point_of_sale'
        result = super()._validate_session(
            balancing_account, amount_to_balance, bank_payment_method_diffs
        )
        # Anything else than True is a question to the user, the session stays open.
        # The job runs after our commit: rows of this very transaction count too.
        if result is True:
            self.env.ref("nu_restaurant_pos.cron_seal_audit").sudo()._trigger()
        return result
