"""What the checks of all notebooks stand on."""
