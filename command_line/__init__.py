"""What people type: each module reads one command's arguments, calls the rooms and reports, nothing else."""
