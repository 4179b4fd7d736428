"""Who has stepped down, what is due, overdue or triggered, and what changed since."""
