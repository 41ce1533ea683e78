"""``python -m audio_to_body``: the same as ``audio-to-body``, for where scripts are not on the path."""

from audio_to_body.command_line.main import cli

if __name__ == "__main__":
    cli()
