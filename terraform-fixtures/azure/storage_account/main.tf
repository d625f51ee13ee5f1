variable "https_only" {
  type = bool
}

variable "minimum_tls" {
  type = string
}

variable "location" {
  type = string
}

variable "replication" {
  type = string
}

provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "main" {
  name     = "fixture"
  location = "West Europe"
}

resource "azurerm_user_assigned_identity" "storage" {
  name                = "fixture-storage"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
}

resource "azurerm_key_vault" "main" {
  name                = "fixture-vault"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  tenant_id           = "00000000-0000-0000-0000-000000000000"
  sku_name            = "premium"
}

# expect: PASS key-rotates
resource "azurerm_key_vault_key" "storage" {
  name         = "fixture-storage"
  key_vault_id = azurerm_key_vault.main.id
  key_type     = "RSA-HSM"
  key_size     = 3072
  key_opts     = ["unwrapKey", "wrapKey"]
  rotation_policy {
    expire_after = "P1Y"
    automatic {
      time_before_expiry = "P30D"
    }
  }
}

# The display name of a region is the region.
# expect: PASS data-encrypted-at-rest, PASS transport-encrypted, PASS tls-minimum-version
# expect: PASS data-in-allowed-jurisdiction, PASS copies-in-allowed-jurisdiction, PASS encryption-key-usable
resource "azurerm_storage_account" "good" {
  name                       = "fixturegood"
  resource_group_name        = azurerm_resource_group.main.name
  location                   = "West Europe"
  account_tier               = "Standard"
  account_replication_type   = "GZRS"
  https_traffic_only_enabled = true
  min_tls_version            = "TLS1_2"
  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.storage.id]
  }
  customer_managed_key {
    key_vault_key_id          = azurerm_key_vault_key.storage.id
    user_assigned_identity_id = azurerm_user_assigned_identity.storage.id
  }
}

# Unset, an account demands TLS 1.2.
# expect: PASS data-encrypted-at-rest, PASS transport-encrypted, PASS tls-minimum-version, PASS encryption-key-usable
# expect: PASS data-in-allowed-jurisdiction, NOT_APPLICABLE copies-in-allowed-jurisdiction
resource "azurerm_storage_account" "unset" {
  name                     = "fixtureunset"
  resource_group_name      = azurerm_resource_group.main.name
  location                 = azurerm_resource_group.main.location
  account_tier             = "Standard"
  account_replication_type = "ZRS"
}

# expect: FAIL transport-encrypted, FAIL tls-minimum-version, PASS data-encrypted-at-rest
# expect: FAIL data-in-allowed-jurisdiction, FAIL copies-in-allowed-jurisdiction
resource "azurerm_storage_account" "abroad" {
  name                       = "fixtureabroad"
  resource_group_name        = azurerm_resource_group.main.name
  location                   = "uksouth"
  account_tier               = "Standard"
  account_replication_type   = "RAGRS"
  https_traffic_only_enabled = false
  min_tls_version            = "TLS1_0"
}

# expect: UNKNOWN transport-encrypted, UNKNOWN tls-minimum-version, PASS data-encrypted-at-rest
# expect: UNKNOWN data-in-allowed-jurisdiction, UNKNOWN copies-in-allowed-jurisdiction
resource "azurerm_storage_account" "undecided" {
  name                       = "fixtureundecided"
  resource_group_name        = azurerm_resource_group.main.name
  location                   = var.location
  account_tier               = "Standard"
  account_replication_type   = var.replication
  https_traffic_only_enabled = var.https_only
  min_tls_version            = var.minimum_tls
}

# The key can stand beside the account too.
# expect: PASS encryption-key-usable, PASS transport-encrypted
resource "azurerm_storage_account" "split" {
  name                     = "fixturesplit"
  resource_group_name      = azurerm_resource_group.main.name
  location                 = "germanywestcentral"
  account_tier             = "Standard"
  account_replication_type = "LRS"
}

resource "azurerm_storage_account_customer_managed_key" "split" {
  storage_account_id = azurerm_storage_account.split.id
  key_vault_id       = azurerm_key_vault.main.id
  key_name           = azurerm_key_vault_key.storage.name
}
