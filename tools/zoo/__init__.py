"""The pipelines of make_zoo.py: what they are made of, which there are, and how they are trained."""
