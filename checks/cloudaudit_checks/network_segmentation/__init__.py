"""Network segmentation."""
