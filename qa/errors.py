"""Faults a user can mend. The front door prints them as one line; everything else is a bug and shows its trace."""


class KitError(Exception):
    """What is wrong, where, and how to mend it, in one line."""

    exit_code = 1
