"""How old the last backup is, for Prometheus and for flask doctor."""

from collections.abc import Iterator
from datetime import timedelta

from flask import current_app
from prometheus_client.core import GaugeMetricFamily

from pos import clock
from pos.backup.manifests import whole_backups
from pos.config import Settings

# A night, and two hours for one that takes long or starts late.
LONGEST_AGE = timedelta(hours=26)


def age_of_last(settings: Settings) -> timedelta | None:
    """Since the moment that the newest whole backup in BACKUP_DIR shows; None: there is none."""
    assert settings.backup_dir is not None, "asked only where backups are made"
    backups = whole_backups(settings.backup_dir)
    return clock.now() - backups[0].manifest.made_at if backups else None


class BackupCollector:
    """One gauge that is read when it is asked for; none where BACKUP_DIR is not set."""

    def describe(self) -> list[GaugeMetricFamily]:
        """Registering would else collect once for nothing."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        settings: Settings = current_app.config["SETTINGS"]
        if settings.backup_dir is None:
            return
        try:
            age = age_of_last(settings)
        except OSError:
            age = None
        yield GaugeMetricFamily(
            "tappass_backup_age_seconds",
            "Since the last good backup in BACKUP_DIR; -1: none can be seen",
            value=age.total_seconds() if age is not None else -1,
        )
