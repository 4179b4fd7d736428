"""A made-up registry of people with MS, by the rates of the library, with the truth kept beside it."""
