"""A shop that never was: its services, a believable hour of their traces, and what went wrong in it.

Plain Python but for `send`: the same seed and the same hour are the same bytes. docs/demo.md says what there is to see.
"""
