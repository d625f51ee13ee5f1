"""cloudaudit: does what runs in the clouds, and what Terraform will create, still do what the security policy says?"""

__version__ = "0.1.0"
