"""The one exception that a person, and not a programmer, can mend."""


class UserError(Exception):
    """Something the user can put right: a missing file, an impossible setting.

    The message is one sentence or two: what came and where, what was expected,
    what to do. Commands print it without a traceback and exit with status 2.
    Mistakes of the calling code are `ValueError` and `TypeError` as usual.
    """
