"""What is measured, each figure beside what limits it in the same run."""
