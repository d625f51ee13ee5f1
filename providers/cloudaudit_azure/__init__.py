"""Azure: readers that say what Terraform's `azurerm_*` resources mean."""

PREFIXES = ("azurerm_", "azuread_", "azapi_")
