variable "admin_ranges" {
  type = list(string)
}

provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "main" {
  name     = "fixture"
  location = "westeurope"
}

# expect: PASS sensitive-ports-closed-to-world
resource "azurerm_network_security_group" "web" {
  name                = "fixture-web"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  security_rule {
    name                       = "https"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    source_address_prefix      = "Internet"
    destination_port_range     = "443"
    destination_address_prefix = "*"
  }
  security_rule {
    name                       = "ssh-from-the-office"
    priority                   = 110
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    source_address_prefixes    = ["198.51.100.0/24", "203.0.113.17"]
    destination_port_range     = "22"
    destination_address_prefix = "*"
  }
}

# expect: FAIL sensitive-ports-closed-to-world
resource "azurerm_network_security_group" "admin" {
  name                = "fixture-admin"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  security_rule {
    name                       = "admin"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "*"
    source_port_range          = "*"
    source_address_prefix      = "*"
    destination_port_ranges    = ["443", "3000-4000"]
    destination_address_prefix = "*"
  }
}

# The rule with the lower number is matched first, wherever it stands.
# expect: PASS sensitive-ports-closed-to-world
resource "azurerm_network_security_group" "denied_first" {
  name                = "fixture-denied-first"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  security_rule {
    name                       = "everything"
    priority                   = 200
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    source_address_prefix      = "0.0.0.0/0"
    destination_port_range     = "*"
    destination_address_prefix = "*"
  }
  security_rule {
    name                       = "nothing"
    priority                   = 150
    direction                  = "Inbound"
    access                     = "Deny"
    protocol                   = "*"
    source_port_range          = "*"
    source_address_prefix      = "*"
    destination_port_range     = "*"
    destination_address_prefix = "*"
  }
}

# expect: UNKNOWN sensitive-ports-closed-to-world
resource "azurerm_network_security_group" "undecided" {
  name                = "fixture-undecided"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  security_rule {
    name                       = "ssh"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    source_address_prefixes    = var.admin_ranges
    destination_port_range     = "22"
    destination_address_prefix = "*"
  }
}

# Rules in resources of their own are the group's.
# expect: FAIL sensitive-ports-closed-to-world
resource "azurerm_network_security_group" "split" {
  name                = "fixture-split"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
}

resource "azurerm_network_security_rule" "split" {
  name                        = "database"
  resource_group_name         = azurerm_resource_group.main.name
  network_security_group_name = azurerm_network_security_group.split.name
  priority                    = 120
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_port_range           = "*"
  source_address_prefix       = "Internet"
  destination_port_range      = "5432"
  destination_address_prefix  = "VirtualNetwork"
}

# expect: UNKNOWN sensitive-ports-closed-to-world
resource "azurerm_network_security_group" "split_undecided" {
  name                = "fixture-split-undecided"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
}

resource "azurerm_network_security_rule" "split_undecided" {
  for_each                    = { ssh = 22, https = 443 }
  name                        = each.key
  resource_group_name         = azurerm_resource_group.main.name
  network_security_group_name = azurerm_network_security_group.split_undecided.name
  priority                    = 100 + each.value
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_port_range           = "*"
  source_address_prefixes     = var.admin_ranges
  destination_port_range      = each.value
  destination_address_prefix  = "*"
}

# Of a group that is declared elsewhere only the rule can be judged.
# expect: FAIL sensitive-ports-closed-to-world
resource "azurerm_network_security_rule" "elsewhere" {
  name                        = "rdp"
  resource_group_name         = "fixture-hub"
  network_security_group_name = "fixture-hub"
  priority                    = 100
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_port_range           = "*"
  source_address_prefix       = "*"
  destination_port_range      = "3389"
  destination_address_prefix  = "*"
}

# expect: PASS sensitive-ports-closed-to-world
resource "azurerm_network_security_rule" "elsewhere_out" {
  name                        = "out"
  resource_group_name         = "fixture-hub"
  network_security_group_name = "fixture-hub"
  priority                    = 100
  direction                   = "Outbound"
  access                      = "Allow"
  protocol                    = "*"
  source_port_range           = "*"
  source_address_prefix       = "*"
  destination_port_range      = "*"
  destination_address_prefix  = "*"
}

# expect: UNKNOWN sensitive-ports-closed-to-world
resource "azurerm_network_security_rule" "elsewhere_undecided" {
  name                        = "ssh"
  resource_group_name         = "fixture-hub"
  network_security_group_name = "fixture-hub"
  priority                    = 110
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_port_range           = "*"
  source_address_prefixes     = var.admin_ranges
  destination_port_range      = "22"
  destination_address_prefix  = "*"
}
