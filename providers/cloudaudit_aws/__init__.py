"""AWS: what its services answer, in Terraform's shape, and what that means."""

PREFIXES = ("aws_", "awscc_")
"""The resource types that belong to this provider."""
