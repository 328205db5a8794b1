"""Hypothesis on a busy machine: slow generation of input is no failure of a test."""

from hypothesis import HealthCheck, settings

settings.register_profile("nu", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("nu")
