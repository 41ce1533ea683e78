"""The pianist: from what a net heard to fingers on keys."""
