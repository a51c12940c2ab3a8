"""What a storage's errors mean to a person."""

_MOST = 200  # characters of a storage's own words


def problem(error: Exception) -> str:
    """Why it did not work and what to do, as the end of a message."""
    words = " ".join(str(error).split())[:_MOST] or type(error).__name__
    if isinstance(error, FileNotFoundError):
        return f"not there ({words}). Check bucket, folder and name"
    if refused(error):
        return f"access refused ({words}). Set credentials for it, for S3 in ~/.aws or AWS_ACCESS_KEY_ID"
    return f"cannot be reached now ({type(error).__name__}: {words}). Check the address and the network"


def refused(error: Exception) -> bool:
    """True when no waiting helps: access was refused, or there are no credentials to ask with."""
    return isinstance(error, PermissionError) or "Credentials" in type(error).__name__


def passing(error: Exception) -> bool:
    """True for what may go away by itself: a network or a storage that is down."""
    return not isinstance(error, FileNotFoundError | IsADirectoryError) and not refused(error)
