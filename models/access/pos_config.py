from odoo import api, models
from odoo.tools import ormcache

from ..runtime.problem import ApiProblem
from .nu_pos_identity import other_register


class PosConfig(models.Model):
    """The registers within the reach of the caller of a request."""

    _inherit = "pos.config"

    @api.model
    def _nu_accessible(self):
        """Registers in use of the companies the user works in; of a device that serves
        one register that one."""
        return self._nu_of_companies(active=True)

    @api.model
    def _nu_of_companies(self, active=None):
        """Registers of the companies the user works in, archived ones too.

        :param active: True: those in use only
        """
        company_ids = tuple(sorted(self._nu_company_ids()))
        configs = self.sudo().browse(self._nu_ids_of_companies(company_ids, active))
        only = self.env["nu.pos.identity"].current().only_config_id
        return configs.filtered(lambda config: config.id == only) if only else configs

    @api.model
    @ormcache("company_ids", "active")
    def _nu_ids_of_companies(self, company_ids, active=None):
        """Ids of the companies' registers, in order. Remembered for everybody, so what
        the caller's context says of archived records does not count."""
        domain = [("company_id", "in", company_ids)]
        domain += [("active", "=", True)] if active else []
        registers = self.sudo().with_context(active_test=False)
        return tuple(registers.search(domain, order="id").ids)

    @api.model
    def _nu_company_ids(self):
        """Companies the caller works in: that of the token's register, else all of the
        user's."""
        config = self.env["nu.pos.identity"].current().config
        if config:
            return (self._nu_company_id(config.id),)
        return self.env.user._get_company_ids()

    @api.model
    @ormcache("config_id")
    def _nu_company_id(self, config_id):
        """Company of a register in use; False for any other number."""
        config = self.sudo().browse(config_id).exists()
        return config.active and config.company_id.id

    def _nu_require(self, permission):
        """:raise ApiProblem: ``FORBIDDEN`` for a caller without the permission here"""
        self.ensure_one()
        self.env["nu.pos.permission"].require(permission, self)

    @api.model
    def _nu_pick(self, config_id=None, reference=None, path="config_id"):
        """The register a request names, or the only one there is.

        :raise ApiProblem: ``UNKNOWN_REFERENCE`` for one that is absent, archived or of
            a company the user does not work in (told apart from nobody);
            ``FORBIDDEN`` for one that the device does not serve, or where the employee
            may not work; ``VALIDATION`` when none is named and there are several
        """
        if isinstance(reference, int):
            config_id, path = reference, "config"
        elif reference and not config_id:
            named = self._nu_accessible().filtered(
                lambda config: reference in (config.name, config.uuid)
            )
            config_id, path = named.id if len(named) == 1 else -1, "config"
        if config_id:
            company_id = self._nu_company_id(config_id)
            if not company_id or company_id not in self._nu_company_ids():
                raise ApiProblem(
                    "UNKNOWN_REFERENCE",
                    errors=[
                        {
                            "path": path,
                            "message": "no such register",
                            "given": str(config_id),
                        }
                    ],
                )
            return self._nu_check_reach(self.sudo().browse(config_id))
        configs = self._nu_accessible()
        if len(configs) != 1:
            raise ApiProblem(
                "VALIDATION",
                errors=[
                    {
                        "path": path,
                        "message": "required: name the register",
                        "expected": "one of "
                        + ", ".join(str(config_id) for config_id in configs.ids[:20]),
                    }
                ],
            )
        return self._nu_check_reach(configs)

    @api.model
    def _nu_check_reach(self, config):
        """:raise ApiProblem: ``FORBIDDEN`` for a register of the company where the
        caller's device does not belong, or where the employee is nobody"""
        identity = self.env["nu.pos.identity"].current()
        if identity.only_config_id not in (None, config.id):
            raise other_register(config.browse(identity.only_config_id))
        if identity.role_on(config) is None:
            raise ApiProblem(
                "FORBIDDEN",
                f"{identity.name} may not work on the register {config.name}",
            )
        return config
