"""A ThreadPoolExecutor over a CPU-bound function whose calls share their results: the other script of every tutorial.

``python count_primes.py`` prints how many primes there are below 200000, the largest of them, and what the chunks of
work had to say. Without the GIL the four threads run on four cores; nothing in the script has to change for that.
"""

import math
from concurrent.futures import ThreadPoolExecutor

from ungil import AtomicInteger, AtomicReference, RunningStatistics

primes = AtomicInteger()
largest = AtomicReference(0)
per_chunk = RunningStatistics()


def is_prime(number: int) -> bool:
    """Try every divisor up to the square root."""
    return number > 1 and all(number % divisor for divisor in range(2, math.isqrt(number) + 1))


def count_primes(start: int) -> None:
    """Add the primes of one chunk to what all threads have found."""
    found = [number for number in range(start, start + 10_000) if is_prime(number)]
    primes.add(len(found))
    largest.update(lambda value: max([value, *found]))
    per_chunk.push(len(found))


with ThreadPoolExecutor(max_workers=4) as executor:
    list(executor.map(count_primes, range(0, 200_000, 10_000)))  # list() raises what a call has raised

print(f"{primes.get()} primes, the largest is {largest.get()}")
print(
    f"{per_chunk.count} chunks with {per_chunk.minimum:.0f} to {per_chunk.maximum:.0f}, {per_chunk.mean:.1f} on average"
)
