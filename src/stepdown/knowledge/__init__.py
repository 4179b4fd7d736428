"""What does medicine know? YAML documents, typed and cross-referenced; no logic."""
