"""The errors of `insights`."""
