#include "scan/lock_annotations.hpp"

namespace ungil::scan {
namespace {

constexpr size_t kMaximumAnnotations = 200; // of one function
constexpr size_t kMaximumLookback = 100;    // calls between a binding and its annotation

// Does call `c` say that a bound function locks an argument: `nb::lock_self()`, `nb::arg("x").lock()`, `"x"_a.lock()`?
bool is_annotation(const Tree& tree, const Call& call) {
    if (!call.arguments.empty() || call.token < 2) {
        return false;
    }
    if (call.name == "lock_self") {
        return true;
    }
    std::string_view object = tree.word(call.token - 2);
    return call.name == "lock" && call.member && (object == ")" || object == "_a") && call.token > 3 &&
           (object == "_a" || tree.kind(call.token - 3) == TokenKind::String);
}

const Call* enclosing_binding(const Body& body, size_t c) {
    for (size_t i = c; i-- > 0 && c - i < kMaximumLookback;) {
        const Call& call = body.calls[i];
        if (call.name.substr(0, 3) == "def" && call.arguments.contains(body.calls[c].token)) {
            return &call;
        }
    }
    return nullptr;
}

} // namespace

void find_lock_annotations(const Tree& tree, Body& body) {
    if (tree.language != Language::Cxx) {
        return;
    }
    size_t found = 0;
    for (size_t c = 0; c < body.calls.size() && found < kMaximumAnnotations; ++c) {
        const Call* binding = is_annotation(tree, body.calls[c]) ? enclosing_binding(body, c) : nullptr;
        if (binding != nullptr) {
            Lock lock{LockKind::CriticalSection, LockForm::Annotation, binding->arguments,
                      body.calls[c].token,       binding->node,        "self"};
            lock.spans.push_back(binding->arguments);
            lock.released = true;
            body.locks.push_back(std::move(lock));
            ++found;
        }
    }
}

} // namespace ungil::scan
