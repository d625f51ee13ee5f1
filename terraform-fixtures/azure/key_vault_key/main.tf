variable "rotation" {
  type = string
}

variable "key_type" {
  type = string
}

variable "location" {
  type = string
}

variable "vault" {
  type = string
}

provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "main" {
  name     = "fixture"
  location = "polandcentral"
}

resource "azurerm_key_vault" "main" {
  name                = "fixture-vault"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  tenant_id           = "00000000-0000-0000-0000-000000000000"
  sku_name            = "premium"
}

resource "azurerm_key_vault" "abroad" {
  name                = "fixture-abroad"
  resource_group_name = azurerm_resource_group.main.name
  location            = "norwayeast"
  tenant_id           = "00000000-0000-0000-0000-000000000000"
  sku_name            = "premium"
}

resource "azurerm_key_vault" "undecided" {
  name                = "fixture-undecided"
  resource_group_name = azurerm_resource_group.main.name
  location            = var.location
  tenant_id           = "00000000-0000-0000-0000-000000000000"
  sku_name            = "premium"
}

# An RSA key wraps the keys of data; it does not encrypt data itself.
# expect: PASS key-rotates, NOT_APPLICABLE key-algorithm, PASS key-not-being-deleted, PASS data-in-allowed-jurisdiction
resource "azurerm_key_vault_key" "good" {
  name         = "fixture-good"
  key_vault_id = azurerm_key_vault.main.id
  key_type     = "RSA-HSM"
  key_size     = 3072
  key_opts     = ["unwrapKey", "wrapKey"]
  rotation_policy {
    automatic {
      time_after_creation = "P11M"
    }
  }
}

# A year of twelve months is a year.
# expect: PASS key-rotates, PASS key-algorithm
resource "azurerm_key_vault_key" "symmetric" {
  name         = "fixture-symmetric"
  key_vault_id = azurerm_key_vault.main.id
  key_type     = "oct-HSM"
  key_size     = 256
  key_opts     = ["unwrapKey", "wrapKey"]
  rotation_policy {
    automatic {
      time_after_creation = "P12M"
    }
  }
}

# expect: FAIL key-rotates, FAIL key-algorithm, FAIL data-in-allowed-jurisdiction
resource "azurerm_key_vault_key" "weak" {
  name         = "fixture-weak"
  key_vault_id = azurerm_key_vault.abroad.id
  key_type     = "oct-HSM"
  key_size     = 128
  key_opts     = ["unwrapKey", "wrapKey"]
  rotation_policy {
    expire_after         = "P2Y"
    notify_before_expiry = "P30D"
  }
}

# expect: FAIL key-rotates
resource "azurerm_key_vault_key" "slow" {
  name         = "fixture-slow"
  key_vault_id = azurerm_key_vault.main.id
  key_type     = "EC"
  curve        = "P-256"
  key_opts     = ["sign", "verify"]
  rotation_policy {
    expire_after = "P2Y"
    automatic {
      time_before_expiry = "P30D"
    }
  }
}

# expect: UNKNOWN key-rotates, UNKNOWN key-algorithm, UNKNOWN data-in-allowed-jurisdiction, PASS key-not-being-deleted
resource "azurerm_key_vault_key" "undecided" {
  name         = "fixture-undecided"
  key_vault_id = azurerm_key_vault.undecided.id
  key_type     = var.key_type
  key_size     = 256
  key_opts     = ["unwrapKey", "wrapKey"]
  rotation_policy {
    automatic {
      time_after_creation = var.rotation
    }
  }
}

# Where a vault lies that is declared elsewhere is judged there.
# expect: FAIL key-rotates
resource "azurerm_key_vault_key" "elsewhere" {
  name         = "fixture-elsewhere"
  key_vault_id = var.vault
  key_type     = "RSA"
  key_size     = 2048
  key_opts     = ["unwrapKey", "wrapKey"]
}
