"""Live: sound from a microphone, a pipe or a file at its own pace; frames out to engines, browsers and programs."""
