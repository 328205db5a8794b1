"""Plain classes over an environment."""

from odoo.api import Environment


class Service:
    """Functions of one act, which nobody overrides: made anew for each act."""

    def __init__(self, env: Environment):
        self.env = env

    def with_env(self, env: Environment) -> "Service":
        """The same in another environment, as that of a unit of work."""
        return type(self)(env)
