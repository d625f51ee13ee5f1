variable "location" {
  type = string
}

variable "retention" {
  type = number
}

variable "geo_redundant" {
  type = bool
}

variable "secure_transport" {
  type = string
}

variable "oldest_protocol" {
  type = string
}

variable "server" {
  type    = string
  default = "/subscriptions/0/resourceGroups/elsewhere/providers/Microsoft.DBforPostgreSQL/flexibleServers/elsewhere"
}

provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "main" {
  name     = "fixture"
  location = "Germany West Central"
}

# Unless told otherwise a server demands TLS 1.2.
# expect: PASS data-encrypted-at-rest, PASS encryption-key-usable, PASS transport-encrypted, PASS tls-minimum-version
# expect: PASS backups-kept-long-enough, PASS backups-not-kept-too-long
# expect: PASS data-in-allowed-jurisdiction, PASS copies-in-allowed-jurisdiction
resource "azurerm_postgresql_flexible_server" "good" {
  name                         = "fixture-good"
  resource_group_name          = azurerm_resource_group.main.name
  location                     = azurerm_resource_group.main.location
  version                      = "16"
  sku_name                     = "GP_Standard_D2s_v3"
  backup_retention_days        = 30
  geo_redundant_backup_enabled = true
  authentication {
    active_directory_auth_enabled = true
    password_auth_enabled         = false
  }
}

# expect: PASS transport-encrypted, FAIL backups-kept-long-enough, NOT_APPLICABLE copies-in-allowed-jurisdiction
resource "azurerm_postgresql_flexible_server" "unset" {
  name                = "fixture-unset"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  version             = "16"
  sku_name            = "B_Standard_B1ms"
  authentication {
    active_directory_auth_enabled = true
    password_auth_enabled         = false
  }
}

# expect: PASS data-encrypted-at-rest, FAIL transport-encrypted, FAIL tls-minimum-version
# expect: FAIL backups-kept-long-enough, PASS backups-not-kept-too-long
# expect: FAIL data-in-allowed-jurisdiction, FAIL copies-in-allowed-jurisdiction
resource "azurerm_postgresql_flexible_server" "abroad" {
  name                         = "fixture-abroad"
  resource_group_name          = azurerm_resource_group.main.name
  location                     = "East US"
  version                      = "16"
  sku_name                     = "B_Standard_B1ms"
  backup_retention_days        = 14
  geo_redundant_backup_enabled = true
  authentication {
    active_directory_auth_enabled = true
    password_auth_enabled         = false
  }
}

resource "azurerm_postgresql_flexible_server_configuration" "abroad" {
  for_each  = { require_secure_transport = "off", ssl_min_protocol_version = "TLSv1.1" }
  server_id = azurerm_postgresql_flexible_server.abroad.id
  name      = each.key
  value     = each.value
}

# expect: PASS data-encrypted-at-rest, UNKNOWN transport-encrypted, UNKNOWN tls-minimum-version
# expect: UNKNOWN backups-kept-long-enough, UNKNOWN backups-not-kept-too-long
# expect: UNKNOWN data-in-allowed-jurisdiction, UNKNOWN copies-in-allowed-jurisdiction
resource "azurerm_postgresql_flexible_server" "undecided" {
  name                         = "fixture-undecided"
  resource_group_name          = azurerm_resource_group.main.name
  location                     = var.location
  version                      = "16"
  sku_name                     = "B_Standard_B1ms"
  backup_retention_days        = var.retention
  geo_redundant_backup_enabled = var.geo_redundant
  authentication {
    active_directory_auth_enabled = true
    password_auth_enabled         = false
  }
}

resource "azurerm_postgresql_flexible_server_configuration" "secure_transport" {
  server_id = azurerm_postgresql_flexible_server.undecided.id
  name      = "require_secure_transport"
  value     = var.secure_transport
}

resource "azurerm_postgresql_flexible_server_configuration" "oldest_protocol" {
  server_id = azurerm_postgresql_flexible_server.undecided.id
  name      = "ssl_min_protocol_version"
  value     = var.oldest_protocol
}

# The server of these parameters is declared elsewhere: each is judged by what it sets.
# expect: FAIL transport-encrypted
resource "azurerm_postgresql_flexible_server_configuration" "elsewhere_plain" {
  server_id = var.server
  name      = "require_secure_transport"
  value     = "off"
}

# expect: PASS transport-encrypted
resource "azurerm_postgresql_flexible_server_configuration" "elsewhere_secure" {
  server_id = var.server
  name      = "require_secure_transport"
  value     = "on"
}

# expect: UNKNOWN transport-encrypted
resource "azurerm_postgresql_flexible_server_configuration" "elsewhere_undecided" {
  server_id = var.server
  name      = "require_secure_transport"
  value     = var.secure_transport
}

# expect: FAIL tls-minimum-version
resource "azurerm_postgresql_flexible_server_configuration" "elsewhere_old" {
  server_id = var.server
  name      = "ssl_min_protocol_version"
  value     = "TLSv1"
}
