"""Stepdown: decision support for stepping down treatment in multiple sclerosis."""

__version__ = "0.1.0"
