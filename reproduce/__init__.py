"""The paper's experiments: each table is a file that lists its rows; one runner trains and scores any row."""
