# cython: freethreading_compatible=True, auto_pickle=False, autotestdict=False
"""The extension module. Any thread may call anything at any time; each call on an object happens as a whole."""

# Where threads can meet, and what keeps them apart:
#   an object of a class     its own lock, taken by each method that reads or writes the object's attributes
#   two objects              both locks at once, so that no two threads can wait for each other
#   the module's state       an atomic, and a class that nothing changes after the module is imported
#   long work                a private copy, and no thread state attached
# freethreading_compatible, at the top, declares the module: Py_MOD_GIL_NOT_USED. It adds no lock; those are below.
# The other two keep out what nobody asked for: pickling that Cython would add to the class, and the module's __test__.

cimport cython
from cpython.number cimport PyNumber_Index
from libc.stdint cimport int64_t, uint64_t
from libcpp.algorithm cimport sort
from libcpp.atomic cimport atomic, memory_order_relaxed
from libcpp.cmath cimport isnan
from libcpp.vector cimport vector

cdef extern from "bootstrap.h" nogil:
    double bootstrap_error(const double* values, size_t count, size_t rounds, uint64_t seed)

# Cython loads a module once in a process, so its state may be static: if it is atomic like this count.
# No thread learns from the count that anything else has happened, hence relaxed.
cdef atomic[int64_t] taken_in


class EmptyError(ValueError):
    """There are no samples."""


def recorded():
    """How many values all samples took in."""
    return taken_in.load(memory_order_relaxed)


cdef double checked(double number) except? -1.0:
    if isnan(number):
        raise ValueError("a sample cannot be NaN, which has no place in any order")
    return number


cdef tuple ascending(const vector[double]& values):
    cdef vector[double] in_order
    in_order.assign(values.const_begin(), values.const_end())
    sort(in_order.begin(), in_order.end())
    return tuple(in_order)


@cython.final
cdef class Samples:
    """Numbers that any thread may record."""

    # On a GIL-enabled build the sections below are empty, and the GIL does their work: no method gives it up between reading
    # and writing. Copies are made by assign() and insert(): in Cython, `=` does not turn C++'s exceptions into Python's.
    cdef vector[double] values
    cdef tuple in_order  # the cache of ordered(), or None

    def __init__(self):
        pass

    def add(self, double value, /):
        """Add a value; ValueError if it is NaN."""
        checked(value)
        with cython.critical_section(self):
            self.values.push_back(value)
            self.in_order = None  # frees floats at most: nothing that runs Python code, which could suspend the lock
            taken_in.fetch_add(1, memory_order_relaxed)

    # To iterate runs any Python code, which could use this very object, or suspend the lock. So that comes first.
    def extend(self, values, /):
        """Add all values of an iterable, or none if there is an error."""
        cdef vector[double] numbers
        for value in values:
            numbers.push_back(checked(value))
        with cython.critical_section(self):
            self.values.insert(self.values.end(), numbers.begin(), numbers.end())
            self.in_order = None
            taken_in.fetch_add(<int64_t>numbers.size(), memory_order_relaxed)

    # Two locks taken one after the other could each be waited for by the holder of the other one; these are taken together.
    def take(self, Samples other not None, /):
        """Move all values of another object into this one, and return how many."""
        cdef size_t moved
        if self is other:
            return 0
        with cython.critical_section(self, other):
            moved = other.values.size()
            self.values.insert(self.values.end(), other.values.begin(), other.values.end())
            other.values.clear()
            self.in_order = other.in_order = None
        return moved

    # Built by the first thread that asks and kept until a value comes in. To look, to build and to keep is one step under the
    # lock, and so is making the reference that is returned: once it is released, another thread may drop the cache's own.
    def ordered(self):
        """The values in ascending order; the same tuple until they change."""
        with cython.critical_section(self):
            if self.in_order is None:
                self.in_order = ascending(self.values)
            return self.in_order

    # A thread that is attached for long keeps every other one waiting when the collector stops the world. What it detaches with
    # must be its own: a lock does not hold while detached.
    def bootstrap(self, Py_ssize_t rounds, /, seed=0):
        """The standard error of the mean, from so many resamples; EmptyError if there are no values.

        Other threads may use the object meanwhile: the work is done on a copy.
        """
        cdef vector[double] values
        cdef double error
        cdef uint64_t bits = PyNumber_Index(seed)  # an argument declared as uint64_t would take a float, and cut it
        if rounds < 2:
            raise ValueError("rounds must be at least 2")
        with cython.critical_section(self):
            values.assign(self.values.begin(), self.values.end())
        if values.empty():
            raise EmptyError("there are no samples")
        with nogil:
            error = bootstrap_error(values.data(), values.size(), <size_t>rounds, bits)
        return error

    def __len__(self):
        with cython.critical_section(self):
            return self.values.size()
