from odoo import api, fields, models


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "nu.pos.audited"]

    nu_trade_name = fields.Char(
        string="Trade name", help="NombreComercial, if it is not the company's name."
    )
    nu_branch = fields.Char(string="Branch", size=20, help="Sucursal on the e-CF.")
    nu_place_code = fields.Char(
        string="Municipality (DGII)",
        size=6,
        help="Six digits of DGII's table III, for example 010101.",
    )

    def _nu_audit_company(self):
        return self

    @api.model
    def _load_pos_data_read(self, records, config):
        # EXTENDS 'point_of_sale'
        # A ticket with a fiscal number invites nobody to ask for an invoice of it, see
        # controllers/ticket.py.
        rows = super()._load_pos_data_read(records, config)
        if config.nu_default_document_type_id:
            for row in rows:
                row["point_of_sale_use_ticket_qr_code"] = False
        return rows

    def _nu_managers(self):
        """Who is alerted when something of the till needs somebody: the POS managers of
        the company; its administrators only where it has no other."""
        self.ensure_one()
        users = self.env.ref("point_of_sale.group_pos_manager").sudo().all_user_ids
        users = users.filtered(
            lambda user: self in user.company_ids and user.active and not user.share
        )
        people = users.filtered(lambda user: not user._nu_is_administrator())
        return (people or users).with_env(self.env)
