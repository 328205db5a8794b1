"""Where DGII's services are."""

from ...fiscal.ecf.dgii import Endpoints


def endpoints(env, environment):
    """DGII's addresses, or those of the simulator that a parameter names."""
    base = env["res.company"]._nu_ecf_host(environment)
    if not base:
        return Endpoints.of(environment)
    base = base.rstrip("/")
    # the simulator is as silent as DGII where DGII is
    return Endpoints(
        f"{base}/ecf/{environment}",
        f"{base}/fc/{environment}",
        base,
        queries=environment != "certecf",
    )
