"""Questions that exist already: one small reader a format, all of them yielding the same rows."""
