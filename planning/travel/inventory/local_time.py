"""Local arrival times across time zones and changes of the clock."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_MINUTE = timedelta(minutes=1)


def local_arrival_min(origin_zone: str, destination_zone: str, day: date, depart_min: int, duration_min: int) -> int:
    """Return when a journey ends, in minutes of the destination's clock after midnight of the day of departure.

    The answer may exceed 1440, and is negative where the arrival is on the day before.

    Args:
        origin_zone: IANA name of the time zone that `depart_min` is told in.
        destination_zone: IANA name of the time zone of the arrival.
        day: the local day of departure.
        depart_min: local minutes after midnight, below 1440.
        duration_min: minutes under way, less than two days.
    """
    here, there = _steady_offset_min(origin_zone, day), _steady_offset_min(destination_zone, day)
    if here is not None and there is not None:
        return depart_min + duration_min + there - here
    midnight = datetime.combine(day, time())
    depart = (midnight + depart_min * _MINUTE).replace(tzinfo=ZoneInfo(origin_zone))
    arrive = (depart.astimezone(UTC) + duration_min * _MINUTE).astimezone(ZoneInfo(destination_zone))
    return (arrive.replace(tzinfo=None) - midnight) // _MINUTE


@lru_cache(maxsize=8192)
def _steady_offset_min(zone: str, day: date) -> int | None:
    """Return minutes ahead of UTC, or None where the clock is changed near `day`, as late as a journey may end."""
    midnight = datetime.combine(day, time(), tzinfo=UTC)
    before, after = ((midnight + timedelta(days=days)).astimezone(ZoneInfo(zone)).utcoffset() for days in (-1, 4))
    assert before is not None
    return before // _MINUTE if before == after else None
