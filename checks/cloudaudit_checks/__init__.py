"""The baseline checks: one folder per control, one file per check."""
