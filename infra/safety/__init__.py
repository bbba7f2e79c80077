"""Trains and measures the safety gate on lines by simulated writers."""
