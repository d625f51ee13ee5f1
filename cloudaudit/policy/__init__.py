"""The company's rules as typed data, and the checks' frame."""

from cloudaudit.policy.check import Check, check
from cloudaudit.policy.load import EffectivePolicy, PolicyError
from cloudaudit.policy.schema import Policy

__all__ = ["Check", "EffectivePolicy", "Policy", "PolicyError", "check"]
