"""Which options are open, and which fits?"""
