"""Tempo's API on our store."""
