/* Makes the racy twin: included before each source of the module, this turns every critical section of an object into
   nothing. What is left is a section of zeros, which ends by doing nothing, as CPython's do where the lock is held already:
   so those on a binding library's own mutexes, which end by the same function, stay. */
#include <Python.h>
#include <string.h>

#define PyCriticalSection_Begin(section, object) ((void)memset((section), 0, sizeof *(section)), (void)(object))
#define PyCriticalSection2_Begin(section, first, second)                                                               \
    ((void)memset((section), 0, sizeof *(section)), (void)(first), (void)(second))

/* Memory that two threads free at once: the C library ends the process, where Python's own allocator may hang it. */
#ifndef __cplusplus
#define PyMem_Realloc PyMem_RawRealloc
#define PyMem_Free PyMem_RawFree
#endif
