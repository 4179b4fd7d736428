"""How an option is done safely: the change itself, the watching after it, and what would bring treatment back."""
