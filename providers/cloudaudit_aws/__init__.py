"""AWS: tables that read the live cloud, and readers that say what Terraform's `aws_*` resources mean."""

PREFIXES = ("aws_",)
