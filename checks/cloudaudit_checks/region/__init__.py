"""Placement in allowed jurisdictions."""
