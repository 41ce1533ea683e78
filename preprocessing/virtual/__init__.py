"""Virtual recitals: real scores, a human-like performance, sampled sound, a kinematic musician seen by a camera."""
