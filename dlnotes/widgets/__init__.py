"""Widgets that compute in the browser; one Python class and one JavaScript view each."""
