"""Memory: let a search that outgrows the machine fail with MemoryError, which is an answer, and not be killed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SHARE = 0.85
_CGROUP = Path("/sys/fs/cgroup")


@contextmanager
def bounded_memory() -> Iterator[None]:
    """Bound the address space in a block to what the machine has left; where that is not known, do nothing."""
    left = _bytes_left()
    if left is None:
        yield
        return
    import resource  # noqa: PLC0415  (Linux has it, Windows does not)

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    bound = _bytes_mapped() + int(_SHARE * left)
    known = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min([bound, *known]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _bytes_left() -> int | None:
    if sys.platform != "linux":
        return None
    try:
        fields = dict(line.split(":") for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
        left = 1024 * int(fields["MemAvailable"].split()[0])
    except (OSError, ValueError, KeyError):
        return None
    return min([left, *_left_in_container()])


def _left_in_container() -> Iterator[int]:
    try:
        most = (_CGROUP / "memory.max").read_text(encoding="ascii").strip()
        used = (_CGROUP / "memory.current").read_text(encoding="ascii").strip()
        if most != "max":
            yield max(0, int(most) - int(used))
    except (OSError, ValueError):
        return


def _bytes_mapped() -> int:
    import resource  # noqa: PLC0415  (Linux has it, Windows does not)

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()
