"""What the Python side of the benchmark has in common: the clock, the line of JSON, the same places in images."""
import json, re, time


def peak_memory():
    """Peak memory of this process so far, in bytes. (ru_maxrss also counts the process that it was forked from.)"""
    with open("/proc/self/status") as status:
        return int(re.search(r"VmHWM:\s*(\d+) kB", status.read()).group(1)) * 1024


def timed(work):
    """Seconds of work(), and what it gives."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def tell(seconds, checksum, **more):
    print(json.dumps({"seconds": seconds, "checksum": float(checksum), **more}))


def places(height, width, size):
    state, out = 12345, []

    def random():
        nonlocal state
        state = state * 16807 % 2147483647
        return state / 2147483647

    for _ in range(20):
        y = int(random() * (height - size))
        out.append((y, int(random() * (width - size))))
    return out
