"""Work on a Spark cluster: its session, tasks on it, and what goes wrong there."""
