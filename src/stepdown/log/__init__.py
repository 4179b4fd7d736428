"""What was advised, what was decided, and why: append-only, and nobody can change it unseen."""
