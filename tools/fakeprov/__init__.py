"""Real Terraform, fake clouds, offline: `python -m tools.fakeprov -- terraform plan`.

The providers aws, azurerm, google and azuread are served over local sockets, with the attribute names of 2,075 real resource types.
Terraform then writes plans and states of its own. Needs `terraform` and the packages of the extra `bench`.

What they cannot do: provider defaults, validation, replacement, data sources and functions. What a cloud would fill in is made up from
the configuration, the same in each run.
"""
