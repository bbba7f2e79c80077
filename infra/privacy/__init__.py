"""Writes the pages about privacy that follow from the data map."""
