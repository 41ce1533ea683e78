"""The violinist: from what a net heard to strokes, stops and a posture."""
