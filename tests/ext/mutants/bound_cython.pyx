# cython: language_level=3, freethreading_compatible=True
"""Extension types of Cython, which takes no lock for a method."""

from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc

cdef extern from "cython_lock.h":
    ctypedef struct OptionalLock:
        pass

    void acquire(OptionalLock* lock) noexcept
    void release(OptionalLock* lock) noexcept
    void WINDOW(int number) noexcept


cdef class Counter:
    """What another thread counts between the load and the store is overwritten, and both get the same number."""

    cdef OptionalLock lock
    cdef long value

    def increment(self):
        acquire(&self.lock)
        before = self.value
        WINDOW(1)
        self.value = before + 1
        release(&self.lock)
        return before

    def get(self):
        return self.value


cdef class Stack:
    """What another thread takes after this one has looked whether there is something is not there: IndexError."""

    cdef OptionalLock lock
    cdef list items

    def __init__(self):
        self.items = ["only"]

    def pop(self):
        """The last item, or None."""
        acquire(&self.lock)
        try:
            if len(self.items) == 0:
                return None
            WINDOW(1)
            return self.items.pop()
        finally:
            release(&self.lock)

    def push(self, item):
        acquire(&self.lock)
        self.items.append(item)
        release(&self.lock)

    def left(self):
        return len(self.items)


cdef class Buffer:
    """What another thread appends while this one sums up may move the numbers: what is then read is freed."""

    cdef OptionalLock lock
    cdef long* numbers
    cdef Py_ssize_t length
    cdef Py_ssize_t capacity

    def __cinit__(self):
        self.numbers = <long*>PyMem_Malloc(2 * sizeof(long))
        if self.numbers == NULL:
            raise MemoryError
        self.numbers[0] = 1
        self.numbers[1] = 2
        self.length = self.capacity = 2

    def __dealloc__(self):
        PyMem_Free(self.numbers)

    def append(self, long number):
        cdef long* larger
        acquire(&self.lock)
        try:
            if self.length == self.capacity:
                larger = <long*>PyMem_Realloc(self.numbers, 16 * self.capacity * sizeof(long))
                if larger == NULL:
                    raise MemoryError
                self.numbers = larger
                self.capacity *= 16
            self.numbers[self.length] = number
            self.length += 1
        finally:
            release(&self.lock)

    def total(self):
        cdef long* numbers
        cdef long result = 0
        cdef Py_ssize_t index
        acquire(&self.lock)
        numbers = self.numbers
        WINDOW(1)
        for index in range(self.length):
            result += numbers[index]
        release(&self.lock)
        return result
