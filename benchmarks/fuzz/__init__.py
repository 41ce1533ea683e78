"""Damaged and random inputs against everything that reads a stranger's bytes; a module for each kind of input."""
