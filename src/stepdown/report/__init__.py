"""How is an assessment told? Words, JSON and one screen of text; nothing is computed here."""
