"""The decorator of methods that own their transaction."""

from functools import wraps

from odoo import models

from .autocommit_pool import Shared
from .nu_pos_answering import Answering


def unit_of_work(lock=None, shares=None, optional=None, register=None, permission=None):
    """Run a method in a transaction of its own, alone on its locks.

    The method gets a :class:`~.nu_pos_unit.Unit` before its own arguments, its callers
    do not pass one; ``self`` and every recordset among the arguments are bound to the
    transaction, with the user, the rights and the context of the caller. The locks
    are taken before the transaction begins, hence before its snapshot. Database
    conflicts are retried, so the method may run several times.

    ``lock``, ``shares``, ``optional`` and ``register`` are functions of ``self`` and
    the arguments. A caller may add ``idempotency=`` (and ``keep_refusals=False``): the
    method returns an ``Answer`` then, see :class:`~.nu_pos_answering.Answering`.
    A class that is no model needs ``env`` and ``with_env``.

    :param lock: keys (texts) that two units share only one after the other
    :param shares: keys that many hold at once, unless one has them as ``lock``
    :param optional: keys it does without where they are taken: ``unit.busy`` has those
    :param register: the ``pos.config`` it is done on. Rights are the concern of its
        callers: the work runs as the system for the register's company, on behalf of
        the calling user
    :param permission: what the caller must be allowed to on the register
    :raise ApiProblem: ``FORBIDDEN``, ``IN_PROGRESS``, ``BUSY``
    """

    def decorate(method):
        @wraps(method)
        def begin(self, *args, idempotency=None, keep_refusals=True):
            def keys_of(named):
                return named(self, *args) if named else ()

            config = register(self, *args) if register else None
            if permission:
                config._nu_require(permission)
            keys = [*keys_of(lock), *map(Shared, keys_of(shares))]
            skippable = list(keys_of(optional))

            def work(unit):
                if config is not None:
                    unit.env = config._nu_unit_env(unit.env)
                bound = [_bind(value, unit.env) for value in args]
                return method(self.with_env(unit.env), unit, *bound)

            if not idempotency:
                return self.env["nu.pos.unit"].run(keys, work, skippable)
            return Answering(self.env, idempotency, config, keep_refusals).run(
                keys, work
            )

        return begin

    return decorate


def _bind(value, env):
    if isinstance(value, models.BaseModel):
        return value.with_env(env).with_prefetch()
    return value
