"""The same for everyone: buckets of people through the very same evaluation, tables in and tables out."""
