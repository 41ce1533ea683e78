"""Benchmarks of the hot paths, each against the peer a user would pick. ``make bench`` runs them all."""
