"""The paper's numbers as data, our results as data, and what prints the two side by side."""
