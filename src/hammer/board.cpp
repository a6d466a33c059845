#include "hammer/board.hpp"

#include <nanobind/nanobind.h>

#include <new>

namespace nb = nanobind;

namespace ungil::hammer {

Board::~Board() {
    if (memory_.obj) {
        PyBuffer_Release(&memory_);
    }
}

void Board::put_on(PyObject* buffer, std::size_t posts) {
    if (memory_.obj) {
        throw nb::value_error("a crew has one board");
    }
    if (PyObject_GetBuffer(buffer, &memory_, PyBUF_WRITABLE) != 0) {
        throw nb::python_error();
    }
    const bool fits = static_cast<std::size_t>(memory_.len) >= posts * sizeof(Post);
    if (!fits || reinterpret_cast<std::uintptr_t>(memory_.buf) % alignof(Post) != 0) {
        throw nb::value_error("a board has 16 aligned bytes for each thread");
    }
    for (std::size_t number = 0; number < posts; ++number) {
        new (post(number)) Post;
    }
}

} // namespace ungil::hammer
