// Two twins of BoundedQueue with the hazard left in: a stress test that does not catch them proves nothing.
//
// UnlockedQueue looks and acts in two steps, as one would under the GIL. EarlyQueue locks each end, but publishes its
// index before the slot is filled or read, as a ring does whose stores are ordered the wrong way round. Both wait by
// trying again. They never release what they hold: with the release, an item that came out twice would crash the process
// some time later; without, it is only a wrong answer.
#include "racy_module.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

enum { SLOTS = 1024 };

typedef struct {
    PyObject_HEAD long long maxsize;
    _Atomic long long head, tail;
    _Atomic(PyObject*) slots[SLOTS];
    atomic_bool closed, early, getting, putting;
} Queue;

static int init(PyObject* self, PyObject* args, PyObject* kwargs) {
    (void)kwargs;
    return PyArg_ParseTuple(args, "L", &((Queue*)self)->maxsize) ? 0 : -1;
}

static int early_init(PyObject* self, PyObject* args, PyObject* kwargs) {
    ((Queue*)self)->early = true;
    return init(self, args, kwargs);
}

static void acquire(Queue* queue, atomic_bool* lock) {
    while (queue->early && atomic_exchange(lock, true)) {
        sched_yield();
    }
}

// What the scheduler may do at any time: without it, two threads that share a processor would hardly ever meet.
static void lose_the_processor(void) {
    sched_yield();
}

static bool store(Queue* queue, PyObject* item) {
    long long tail = queue->tail;
    if (tail - queue->head >= queue->maxsize) {
        return false;
    }
    if (queue->early) {
        queue->tail = tail + 1;
        lose_the_processor();
        queue->slots[tail % SLOTS] = Py_NewRef(item);
    } else {
        queue->slots[tail % SLOTS] = Py_NewRef(item);
        lose_the_processor();
        queue->tail = tail + 1;
    }
    return true;
}

static PyObject* take(Queue* queue) {
    long long head = queue->head;
    if (head >= queue->tail) {
        return NULL;
    }
    PyObject* item = queue->slots[head % SLOTS];
    if (!queue->early) {
        lose_the_processor();
    }
    queue->head = head + 1;
    return Py_NewRef(item ? item : Py_None);
}

static bool try_put(Queue* queue, PyObject* item) {
    acquire(queue, &queue->putting);
    bool done = store(queue, item);
    queue->putting = false;
    return done;
}

static PyObject* try_get(Queue* queue) {
    acquire(queue, &queue->getting);
    PyObject* item = take(queue);
    queue->getting = false;
    return item;
}

static PyObject* raise(const char* module, const char* name) {
    PyObject* from = PyImport_ImportModule(module);
    PyObject* type = from ? PyObject_GetAttrString(from, name) : NULL;
    if (type) {
        PyErr_SetNone(type);
    }
    Py_XDECREF(type);
    Py_XDECREF(from);
    return NULL;
}

// Lets others run; false when `timeout` is over.
static bool again(double timeout, const struct timespec* begun) {
    Py_BEGIN_ALLOW_THREADS;
    sched_yield();
    Py_END_ALLOW_THREADS;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begun->tv_sec) + 1e-9 * (double)(now.tv_nsec - begun->tv_nsec) < timeout;
}

static PyObject* put(PyObject* self, PyObject* args, PyObject* kwargs) {
    static char* names[] = {"item", "timeout", NULL};
    PyObject* item;
    double timeout = 1e9;
    struct timespec begun;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|d", names, &item, &timeout)) {
        return NULL;
    }
    do {
        if (((Queue*)self)->closed) {
            return raise("ungil", "QueueClosed");
        }
        if (try_put((Queue*)self, item)) {
            Py_RETURN_NONE;
        }
    } while (again(timeout, &begun));
    return raise("queue", "Full");
}

static PyObject* get_until(Queue* queue, double timeout) {
    struct timespec begun;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    do {
        bool closed = queue->closed;
        PyObject* item = try_get(queue);
        if (item) {
            return item;
        }
        if (closed) {
            return raise("ungil", "QueueClosed");
        }
    } while (again(timeout, &begun));
    return raise("queue", "Empty");
}

static PyObject* get(PyObject* self, PyObject* args, PyObject* kwargs) {
    static char* names[] = {"timeout", NULL};
    double timeout = 1e9;
    return PyArg_ParseTupleAndKeywords(args, kwargs, "|d", names, &timeout) ? get_until((Queue*)self, timeout) : NULL;
}

static PyObject* close_queue(PyObject* self, PyObject* unused) {
    (void)unused;
    ((Queue*)self)->closed = true;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"put", (PyCFunction)(void (*)(void))put, METH_VARARGS | METH_KEYWORDS, NULL},
    {"get", (PyCFunction)(void (*)(void))get, METH_VARARGS | METH_KEYWORDS, NULL},
    {"close", close_queue, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot unlocked_slots[] = {{Py_tp_init, init}, {Py_tp_methods, methods}, {0, NULL}};
static PyType_Slot early_slots[] = {{Py_tp_init, early_init}, {Py_tp_methods, methods}, {0, NULL}};

static PyType_Spec unlocked_spec = {"racy_queue.UnlockedQueue", sizeof(Queue), 0, Py_TPFLAGS_DEFAULT, unlocked_slots};
static PyType_Spec early_spec = {"racy_queue.EarlyQueue", sizeof(Queue), 0, Py_TPFLAGS_DEFAULT, early_slots};

RACY_MODULE(racy_queue, &unlocked_spec, &early_spec)
