variable "location" {
  type = string
}

provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "main" {
  name     = "fixture"
  location = "francecentral"
}

resource "azurerm_key_vault" "main" {
  name                        = "fixture-vault"
  resource_group_name         = azurerm_resource_group.main.name
  location                    = azurerm_resource_group.main.location
  tenant_id                   = "00000000-0000-0000-0000-000000000000"
  sku_name                    = "premium"
  enabled_for_disk_encryption = true
  purge_protection_enabled    = true
}

# expect: PASS data-in-allowed-jurisdiction
resource "azurerm_key_vault_key" "disks" {
  name         = "fixture-disks"
  key_vault_id = azurerm_key_vault.main.id
  key_type     = "RSA"
  key_size     = 4096
  key_opts     = ["unwrapKey", "wrapKey"]
}

resource "azurerm_disk_encryption_set" "main" {
  name                = "fixture"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  key_vault_key_id    = azurerm_key_vault_key.disks.id
  identity {
    type = "SystemAssigned"
  }
}

# expect: PASS data-encrypted-at-rest, PASS encryption-key-usable
# expect: PASS data-in-allowed-jurisdiction, PASS copies-in-allowed-jurisdiction
resource "azurerm_managed_disk" "good" {
  name                   = "fixture-good"
  resource_group_name    = azurerm_resource_group.main.name
  location               = azurerm_resource_group.main.location
  storage_account_type   = "Premium_ZRS"
  create_option          = "Empty"
  disk_size_gb           = 64
  disk_encryption_set_id = azurerm_disk_encryption_set.main.id
}

# Switzerland has an adequacy decision, but is not in the EU.
# expect: PASS data-encrypted-at-rest, FAIL data-in-allowed-jurisdiction
resource "azurerm_managed_disk" "abroad" {
  name                 = "fixture-abroad"
  resource_group_name  = azurerm_resource_group.main.name
  location             = "Switzerland North"
  storage_account_type = "StandardSSD_LRS"
  create_option        = "Empty"
  disk_size_gb         = 64
}

# expect: PASS data-encrypted-at-rest, UNKNOWN data-in-allowed-jurisdiction
resource "azurerm_managed_disk" "undecided" {
  name                 = "fixture-undecided"
  resource_group_name  = azurerm_resource_group.main.name
  location             = var.location
  storage_account_type = "StandardSSD_LRS"
  create_option        = "Empty"
  disk_size_gb         = 64
}

# expect: PASS data-encrypted-at-rest, PASS encryption-key-usable, PASS data-in-allowed-jurisdiction
resource "azurerm_snapshot" "good" {
  name                = "fixture-good"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  create_option       = "Copy"
  source_resource_id  = azurerm_managed_disk.good.id
}

# expect: PASS data-encrypted-at-rest, FAIL data-in-allowed-jurisdiction
resource "azurerm_snapshot" "abroad" {
  name                = "fixture-abroad"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_managed_disk.abroad.location
  create_option       = "Copy"
  source_resource_id  = azurerm_managed_disk.abroad.id
}

# expect: PASS data-encrypted-at-rest, UNKNOWN data-in-allowed-jurisdiction
resource "azurerm_snapshot" "undecided" {
  name                = "fixture-undecided"
  resource_group_name = azurerm_resource_group.main.name
  location            = var.location
  create_option       = "Copy"
  source_resource_id  = azurerm_managed_disk.undecided.id
}
