"""Backups: made from one snapshot and counted, proven on a throw-away server, put back (docs/backup.md)."""


class BackupFailed(RuntimeError):
    """A backup cannot be made, proven or put back; the text says why and what to do."""
