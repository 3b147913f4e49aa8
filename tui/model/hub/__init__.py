"""The models of the hub and of its local cache."""
