"""Videos in and out, and the musician drawn: frames, encoding, stage, instruments, shapes."""
