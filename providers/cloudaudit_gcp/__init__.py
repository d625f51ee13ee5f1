"""Google Cloud: readers that say what Terraform's `google_*` resources mean."""

PREFIXES = ("google_",)
