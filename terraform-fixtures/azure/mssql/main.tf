variable "minimum_tls" {
  type = string
}

variable "encrypted" {
  type = bool
}

variable "retention" {
  type = number
}

variable "backup_storage" {
  type = string
}

variable "location" {
  type = string
}

provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "main" {
  name     = "fixture"
  location = "northeurope"
}

resource "azurerm_key_vault" "main" {
  name                = "fixture-vault"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  tenant_id           = "00000000-0000-0000-0000-000000000000"
  sku_name            = "standard"
}

# expect: PASS key-not-being-deleted
resource "azurerm_key_vault_key" "sql" {
  name         = "fixture-sql"
  key_vault_id = azurerm_key_vault.main.id
  key_type     = "RSA"
  key_size     = 2048
  key_opts     = ["unwrapKey", "wrapKey"]
}

# Azure SQL takes no connection without TLS.
# expect: PASS transport-encrypted, PASS tls-minimum-version, PASS data-in-allowed-jurisdiction
resource "azurerm_mssql_server" "good" {
  name                                         = "fixture-good"
  resource_group_name                          = azurerm_resource_group.main.name
  location                                     = azurerm_resource_group.main.location
  version                                      = "12.0"
  minimum_tls_version                          = "1.2"
  transparent_data_encryption_key_vault_key_id = azurerm_key_vault_key.sql.id
  azuread_administrator {
    login_username              = "fixture"
    object_id                   = "00000000-0000-0000-0000-000000000000"
    azuread_authentication_only = true
  }
}

# expect: PASS transport-encrypted, FAIL tls-minimum-version, FAIL data-in-allowed-jurisdiction
resource "azurerm_mssql_server" "abroad" {
  name                = "fixture-abroad"
  resource_group_name = azurerm_resource_group.main.name
  location            = "UK West"
  version             = "12.0"
  minimum_tls_version = "1.0"
  azuread_administrator {
    login_username              = "fixture"
    object_id                   = "00000000-0000-0000-0000-000000000000"
    azuread_authentication_only = true
  }
}

# expect: PASS transport-encrypted, UNKNOWN tls-minimum-version, UNKNOWN data-in-allowed-jurisdiction
resource "azurerm_mssql_server" "undecided" {
  name                = "fixture-undecided"
  resource_group_name = azurerm_resource_group.main.name
  location            = var.location
  version             = "12.0"
  minimum_tls_version = var.minimum_tls
  azuread_administrator {
    login_username              = "fixture"
    object_id                   = "00000000-0000-0000-0000-000000000000"
    azuread_authentication_only = true
  }
}

resource "azurerm_mssql_server_transparent_data_encryption" "undecided" {
  server_id        = azurerm_mssql_server.undecided.id
  key_vault_key_id = azurerm_key_vault_key.sql.id
}

# The key is the server's.
# expect: PASS data-encrypted-at-rest, PASS encryption-key-usable
# expect: PASS backups-kept-long-enough, PASS backups-not-kept-too-long
# expect: PASS data-in-allowed-jurisdiction, PASS copies-in-allowed-jurisdiction
resource "azurerm_mssql_database" "good" {
  name                                = "fixture-good"
  server_id                           = azurerm_mssql_server.good.id
  sku_name                            = "GP_S_Gen5_1"
  storage_account_type                = "Geo"
  transparent_data_encryption_enabled = true
  short_term_retention_policy {
    retention_days = 35
  }
}

# Unset, backups are kept for a week and copied to the paired region. Weekly backups do not stand in for daily ones.
# expect: PASS data-encrypted-at-rest, FAIL backups-kept-long-enough, PASS copies-in-allowed-jurisdiction
resource "azurerm_mssql_database" "unset" {
  name      = "fixture-unset"
  server_id = azurerm_mssql_server.good.id
  sku_name  = "S0"
  long_term_retention_policy {
    weekly_retention = "P8W"
  }
}

# expect: FAIL data-encrypted-at-rest, FAIL backups-kept-long-enough
# expect: FAIL data-in-allowed-jurisdiction, FAIL copies-in-allowed-jurisdiction
resource "azurerm_mssql_database" "abroad" {
  name                                = "fixture-abroad"
  server_id                           = azurerm_mssql_server.abroad.id
  sku_name                            = "S0"
  transparent_data_encryption_enabled = false
  short_term_retention_policy {
    retention_days = 14
  }
}

# expect: NOT_APPLICABLE copies-in-allowed-jurisdiction
resource "azurerm_mssql_database" "local" {
  name                 = "fixture-local"
  server_id            = azurerm_mssql_server.good.id
  sku_name             = "S0"
  storage_account_type = "Zone"
}

# expect: UNKNOWN data-encrypted-at-rest, PASS encryption-key-usable
# expect: UNKNOWN backups-kept-long-enough, UNKNOWN backups-not-kept-too-long
# expect: UNKNOWN data-in-allowed-jurisdiction, UNKNOWN copies-in-allowed-jurisdiction
resource "azurerm_mssql_database" "undecided" {
  name                                = "fixture-undecided"
  server_id                           = azurerm_mssql_server.undecided.id
  sku_name                            = "S0"
  storage_account_type                = var.backup_storage
  transparent_data_encryption_enabled = var.encrypted
  short_term_retention_policy {
    retention_days = var.retention
  }
}
