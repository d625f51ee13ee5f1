location = "swedencentral"
