"""The nightly backup, where BACKUP_DIR says where to."""

import time

import structlog
from flask import current_app

from pos import clock
from pos.backup import BackupFailed
from pos.backup.create import create, prune
from pos.config import Settings
from pos.jobs import job

log = structlog.get_logger()


@job("backup.nightly", cron="47 2 * * *", tries=3)
def back_up_nightly(timestamp: int) -> None:
    """Makes a backup, then removes the oldest. One that fails is tried again, and then stays failed, for all to see."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.backup_dir is None:
        return
    began = time.monotonic()
    try:
        made = create(settings, settings.backup_dir, clock.now())
    except BackupFailed as error:
        log.error("backup_failed", reason=str(error))
        raise
    gone = prune(settings.backup_dir, settings.backup_keep, made)
    log.info(
        "backup_made",
        file=made.path.name,
        bytes=made.manifest.size_bytes,
        rows=made.manifest.row_count,
        removed=len(gone),
        ms=round((time.monotonic() - began) * 1000),
    )
