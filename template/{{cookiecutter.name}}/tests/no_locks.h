/* Makes the racy twin: included before each source of the module, this turns every critical section into nothing. */
#include <Python.h>

#define PyCriticalSection_Begin(section, object) ((void)(section), (void)(object))
#define PyCriticalSection_End(section) ((void)(section))
#define PyCriticalSection2_Begin(section, first, second) ((void)(section), (void)(first), (void)(second))
#define PyCriticalSection2_End(section) ((void)(section))
