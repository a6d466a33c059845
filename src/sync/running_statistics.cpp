#include "sync/running_statistics.hpp"

#include "sync/names.hpp"

#include "sync/deferred.hpp"

#include <stdexcept>

namespace ungil::sync {

namespace {

using Handle = nb::handle_t<RunningStatistics>;

Moments& guarded(PyObject* self) {
    return payload<RunningStatistics>(self).moments;
}

// ---- The sections. Nothing but arithmetic is in any of them.

Moments snapshot(PyObject* self) {
    const nb::ft_object_guard section(self);
    return guarded(self);
}

void replace(PyObject* self, const Moments& moments) {
    const nb::ft_object_guard section(self);
    guarded(self) = moments;
}

bool push_into(PyObject* self, double value) {
    const nb::ft_object_guard section(self);
    return guarded(self).push(value);
}

bool merge_into(PyObject* self, const Moments& moments) {
    const nb::ft_object_guard section(self);
    return guarded(self).merge(moments);
}

bool merge_objects(PyObject* self, PyObject* other) {
    const nb::ft_object2_guard section(self, other);
    return guarded(self).merge(guarded(other));
}

// ---- The methods, which convert before a section and raise after it.

constexpr const char* too_many = "the count does not fit into 64 bits: the RunningStatistics is unchanged";

PyObject* none_or_too_many(bool counted) {
    if (!counted) {
        PyErr_SetString(PyExc_OverflowError, too_many);
        return nullptr;
    }
    Py_RETURN_NONE;
}

// A float, or anything with __float__ or __index__; nothing, with the error set, for others. May run Python code.
std::optional<double> as_double(PyObject* object) {
    Py_ssize_t compact = 0;
    if (read_compact_int(object, &compact)) {
        return static_cast<double>(compact);
    }
    const double value = PyFloat_AsDouble(object);
    return value == -1.0 && PyErr_Occurred() ? std::nullopt : std::optional(value);
}

PyObject* push(PyObject* self, PyObject* argument) {
    const auto value = as_double(argument);
    return value ? none_or_too_many(push_into(self, *value)) : nullptr;
}

// Whether `item`, whose reference it takes, was a number; no other thread knows `gathered`.
bool gather(Moments& gathered, PyObject* item) {
    const auto value = as_double(item);
    Py_DECREF(item);
    return value && gathered.push(*value);
}

// An iterator written in C never reaches the eval loop, which would hide Ctrl-C.
bool interrupted(const Moments& gathered) {
    return gathered.count % 4096 == 0 && PyErr_CheckSignals() != 0;
}

// What all items of `values` amount to; nothing, with the error set, where one is no number or the iterator raises.
std::optional<Moments> gather_all(PyObject* values) {
    PyObject* iterator = PyObject_GetIter(values);
    if (!iterator) {
        return std::nullopt;
    }
    Moments gathered;
    bool going = true;
    while (going) {
        PyObject* item = PyIter_Next(iterator);
        going = item && gather(gathered, item) && !interrupted(gathered);
    }
    const bool complete = !PyErr_Occurred();
    Py_DECREF(iterator);
    return complete ? std::optional(gathered) : std::nullopt;
}

PyObject* push_many(PyObject* self, PyObject* values) {
    const auto gathered = gather_all(values);
    return gathered ? none_or_too_many(merge_into(self, *gathered)) : nullptr;
}

// Bound by .def(), which has checked both types; its exception becomes Python's after the section has ended.
void merge(Handle self, Handle other) {
    if (!merge_objects(self.ptr(), other.ptr())) {
        throw std::overflow_error(too_many);
    }
}

PyObject* make_from(PyTypeObject* type, const Moments& moments) {
    PyObject* self = make<RunningStatistics>(type, nullptr, nullptr);
    if (self) {
        replace(self, moments); // the collector tracks it already, so another thread may have found it
    }
    return self;
}

PyObject* copy(PyObject* self, PyObject*) {
    return make_from(reinterpret_cast<PyTypeObject*>(nb::type<RunningStatistics>().ptr()), snapshot(self));
}

int init(PyObject* self, PyObject* args, PyObject* kwargs) {
    static char* keywords[] = {nullptr};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, ":RunningStatistics", keywords)) {
        return -1;
    }
    replace(self, Moments());
    return 0;
}

// ---- Properties: nan where there are too few values, so that a reader need not know how many came meanwhile.

PyObject* count(PyObject* self, void*) {
    return PyLong_FromLongLong(snapshot(self).count);
}

template <double Moments::* word>
PyObject* get(PyObject* self, void*) {
    const Moments now = snapshot(self);
    return PyFloat_FromDouble(now.count == 0 ? Moments::nan : now.*word);
}

PyObject* variance(PyObject* self, void*) {
    return PyFloat_FromDouble(snapshot(self).variance());
}

PyObject* format(const Moments& now, PyObject* const (&values)[4]) {
    for (PyObject* value : values) {
        if (!value) {
            return nullptr;
        }
    }
    return PyUnicode_FromFormat("count=%lld, mean=%R, variance=%R, minimum=%R, maximum=%R",
                                static_cast<long long>(now.count), values[0], values[1], values[2], values[3]);
}

PyObject* repr(PyObject* self) {
    const Moments now = snapshot(self);
    const bool any = now.count > 0;
    PyObject* const values[4] = {
        PyFloat_FromDouble(any ? now.mean : Moments::nan),
        PyFloat_FromDouble(now.variance()),
        PyFloat_FromDouble(any ? now.minimum : Moments::nan),
        PyFloat_FromDouble(any ? now.maximum : Moments::nan),
    };
    PyObject* text = format(now, values);
    for (PyObject* value : values) {
        Py_XDECREF(value);
    }
    return repr_as_call(self, text);
}

// ---- Pickling and the copy module: the words of one snapshot, and whatever attributes a subclass has.

PyObject* reduce(PyObject* self, PyObject*) {
    const Moments now = snapshot(self);
    PyObject* restore = PyObject_GetAttr(reinterpret_cast<PyObject*>(Py_TYPE(self)), names::restore);
    PyObject* attributes = restore ? state_of_subclass<RunningStatistics>(self) : nullptr;
    PyObject* result = attributes ? Py_BuildValue("O(Ldddd)O", restore, static_cast<long long>(now.count), now.mean,
                                                  now.squares, now.minimum, now.maximum, attributes)
                                  : nullptr;
    Py_XDECREF(restore);
    Py_XDECREF(attributes);
    return result;
}

// The words that reduce() wrote; nothing, with the error set, for what it cannot have written.
std::optional<Moments> read_words(PyObject* const* words) {
    Moments read;
    const auto count = as_int64(words[0]);
    if (!count) {
        return std::nullopt;
    }
    read.count = *count;
    double* const fields[] = {&read.mean, &read.squares, &read.minimum, &read.maximum};
    for (double* field : fields) {
        const auto value = as_double(*++words);
        if (!value) {
            return std::nullopt;
        }
        *field = *value;
    }
    return read;
}

PyObject* restore(PyObject* type, PyObject* const* arguments, Py_ssize_t count) {
    if (count != 5) {
        PyErr_Format(PyExc_TypeError, "_restore() takes exactly 5 positional arguments (%zd given)", count);
        return nullptr;
    }
    const auto moments = read_words(arguments);
    if (moments && !moments->possible()) {
        PyErr_SetString(PyExc_ValueError, "no values have this count, mean, sum of squares, minimum and maximum: "
                                          "the pickle is damaged or was not written by RunningStatistics");
        return nullptr;
    }
    return moments ? make_from(reinterpret_cast<PyTypeObject*>(type), *moments) : nullptr;
}

constexpr const char* type_doc =
    "RunningStatistics()\n--\n\n"
    "Count, mean, variance, minimum and maximum of values that threads push at the same time.\n\n"
    "Nothing is kept but five numbers. Values are floats: an infinity or a nan counts as one, and\n"
    "then shows in every property that it has made infinite or undefined, in whatever order values\n"
    "came. Sums are rounded in the order in which they are made, so the last digits of mean and\n"
    "variance may differ from run to run; count, minimum and maximum are exact. For the method see\n"
    "Welford (1962) and Chan, Golub, LeVeque (1979).\n\n"
    "Thread safety: every method and every property is one step. Two properties read one after the\n"
    "other are two steps: read them from a copy(). Compared and hashed by identity, since the values\n"
    "of two objects can change before the comparison is of use. As with a dict, a child forked while\n"
    "several threads were changing the object may wait for ever when it uses it.\n\n"
    "Pickled and copied as one snapshot: partial results of threads or processes can be merged.";

PyMethodDef methods[] = {
    {"push", push, METH_O,
     "push($self, value, /)\n--\n\nAdd one value.\n\n"
     "Raises TypeError where it is not a number, OverflowError where it is an int too large for a\n"
     "float. Its __float__ runs before the step and without a lock."},
    {"push_many", push_many, METH_O,
     "push_many($self, values, /)\n--\n\nAdd all values of an iterable in one step.\n\n"
     "The iterator runs before the step and without a lock, so it may take its time and may use this\n"
     "object. Where it raises, or a value is not a number, nothing is added."},
    {"copy", copy, METH_NOARGS,
     "copy($self, /)\n--\n\nReturn a new RunningStatistics with the numbers of one moment.\n\n"
     "Of a subclass too: copy.copy() also keeps the type and attributes."},
    {"__reduce__", reduce, METH_NOARGS, nullptr},
    {"_restore", fast(restore), METH_FASTCALL | METH_CLASS,
     "_restore($type, count, mean, squares, minimum, maximum, /)\n--\n\nWhat pickle calls.\n\n"
     "Raises ValueError where push() and merge() cannot have led to these numbers."},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef properties[] = {
    {"count", count, nullptr, "How many values there were.", nullptr},
    {"mean", get<&Moments::mean>, nullptr, "The arithmetic mean; nan without values.", nullptr},
    {"variance", variance, nullptr, "The sample variance, as statistics.variance(); nan below two values.", nullptr},
    {"minimum", get<&Moments::minimum>, nullptr, "The smallest value; nan without values.", nullptr},
    {"maximum", get<&Moments::maximum>, nullptr, "The largest value; nan without values.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

} // namespace

void bind_running_statistics(nb::module_& m) {
    const PyType_Slot slots[] = {
        slot(Py_tp_new, make<RunningStatistics>),
        slot(Py_tp_init, init),
        slot(Py_tp_repr, repr),
        slot(Py_tp_traverse, visit_type),
        {Py_tp_methods, methods},
        {Py_tp_getset, properties},
        {0, nullptr},
    };
    nb::class_<RunningStatistics>(m, "RunningStatistics", nb::type_slots(slots), nb::is_weak_referenceable(),
                                  nb::pooled(), type_doc)
        .def("merge", merge, nb::arg("other"),
             "Add all values of other in one step, in which neither object changes otherwise.\n\n"
             "With itself: every value counts twice. Raises OverflowError, and changes nothing, where the count\n"
             "would not fit into 64 bits.");
}

} // namespace ungil::sync
