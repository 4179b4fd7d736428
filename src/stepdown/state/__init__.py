"""Where do people stand on a given day? A record and an index date in, one row of variables a person out."""
