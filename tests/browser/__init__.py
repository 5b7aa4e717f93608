"""Kring in a real browser."""
