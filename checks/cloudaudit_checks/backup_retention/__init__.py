"""Backup retention."""
