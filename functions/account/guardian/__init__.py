"""Asks a parent or guardian by mail whether a model may reply to somebody who is too young to decide alone."""
