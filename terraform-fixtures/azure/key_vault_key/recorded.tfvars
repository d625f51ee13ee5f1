rotation = "P90D"
key_type = "oct-HSM"
location = "italynorth"
vault    = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/hub/providers/Microsoft.KeyVault/vaults/hub"
