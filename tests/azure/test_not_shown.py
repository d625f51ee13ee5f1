"""What opens a resource, and what is written to be kept secret, is in no report."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from cloudaudit.cli import cli

SECRET = "hunter2"

DISK = """
resource "azurerm_managed_disk" "d" {
  name                 = "d"
  location             = "westeurope"
  resource_group_name  = "rg"
  storage_account_type = "Standard_LRS"
  create_option        = "Empty"
}
"""

SIGNED = """
resource "azurerm_snapshot" "s" {
  name                = "s"
  location            = "westeurope"
  resource_group_name = "rg"
  create_option       = "Import"
  source_uri          = "https://a.blob.core.windows.net/vhds?sig=hunter2/d"
}
"""

KEPT_SECRET = """
resource "azapi_resource" "v" {
  type      = "Microsoft.Compute/galleries/images/versions@2023-07-03"
  name      = "v"
  parent_id = "/subscriptions/x"
  location  = "westeurope"
  sensitive_body = {
    properties = {
      storageProfile    = { source = { id = azurerm_managed_disk.d.id } }
      publishingProfile = { targetRegions = [{ name = "hunter2" }] }
    }
  }
}
"""


@pytest.mark.parametrize("main", [SIGNED, KEPT_SECRET])
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_secret_is_not_shown(tmp_path: Path, main: str, form: str) -> None:
    (tmp_path / "main.tf").write_text(DISK + main)
    told = CliRunner().invoke(cli, ["gate", str(tmp_path), "--format", form]).stdout
    assert "azurerm_managed_disk.d" in told
    assert SECRET not in told
