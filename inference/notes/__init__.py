"""Notes heard in sound, while it comes or from a file."""
