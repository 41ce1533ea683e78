"""Data that others published, read into recitals: human hands, the Bach violin set, the authors' release."""
