"""A person's own recordings to recitals: sources, detection, cleaning, alignment, report (paper Sec. 3)."""
