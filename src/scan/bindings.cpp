#include "scan/bindings.hpp"

#include "scan/declarator.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

// Longer template arguments than anyone writes before a method's name.
constexpr uint32_t kLongestArguments = 100;

bool is_macro_name(std::string_view word) {
    return word.size() > 3 && std::none_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

bool binds_container(std::string_view word) {
    return word == "bind_vector" || word == "bind_map" || word == "vector_indexing_suite" ||
           word == "map_indexing_suite";
}

class BindingReader {
  public:
    BindingReader(const Tree& tree, const std::vector<Body>& bodies) : tree_(tree), bodies_(bodies) {}

    Bindings run() {
        uint32_t at = 0;
        for (uint32_t f = 0; f < tree_.functions.size(); ++f) {
            file_scope({at, tree_.functions[f].body.first});
            at = std::max(at, tree_.functions[f].body.last);
            if (tree_.language == Language::Cxx) {
                definitions(f);
            }
        }
        file_scope({at, static_cast<uint32_t>(tree_.code.tokens.size())});
        return std::move(found_);
    }

  private:
    std::string_view word(uint32_t index) const { return tree_.word(index); }

    void file_scope(Range range) {
        for (uint32_t i = range.first; i < range.last; ++i) {
            if (tree_.is_name(i) && word(i + 1) == "(" && is_macro_name(word(i))) {
                found_.invocations.push_back(i);
            }
        }
    }

    // Arguments of calls inside a lambda that is itself an argument belong to the inner calls: braces are stepped over.
    void definitions(uint32_t function) {
        for (const Call& call : bodies_[function].calls) {
            if (call.name.substr(0, 3) == "def" && call.name != "defined") {
                members(call);
            }
        }
        Range body = tree_.functions[function].body;
        for (uint32_t i = body.first; i + 2 < body.last; ++i) {
            if (word(i + 1) != "<") {
                continue;
            }
            if (word(i) == "class_") {
                bound_class(i + 2);
            } else if (binds_container(word(i))) {
                found_.containers.push_back({word(i), i});
            }
        }
    }

    void bound_class(uint32_t first) {
        uint32_t name = first;
        while (tree_.is_name(name) && word(name + 1) == "::" && tree_.is_name(name + 2)) {
            name += 2;
        }
        if (tree_.is_name(name)) {
            found_.classes.push_back({word(name), name});
        }
    }

    void members(const Call& call) {
        bool locks_self = false;
        bool detaches = false;
        uint32_t locked = 0;
        size_t first = found_.members.size();
        uint32_t second = find_outside_brackets(tree_, call.arguments, ",") + 1;
        for (uint32_t i = call.arguments.first; i < call.arguments.last; ++i) {
            std::string_view w = word(i);
            bool inner = w.substr(0, 3) == "def" && word(i + 1) == "(";
            if (w == "{" || inner) {
                i = tree_.after(i + inner) - 1;
            } else if (i == second && tree_.is_name(i)) {
                member(call, i);
            } else if (w == "&" && (word(i - 1) == "," || word(i - 1) == "(" || word(i - 1) == ")")) {
                member(call, i + 1);
            } else if (w == "lock_self") {
                locks_self = true;
                ++locked;
            } else if (w == "lock" && word(i - 1) == "." && word(i + 1) == "(") {
                ++locked;
            } else if (w == "gil_scoped_release" && guards_call(i)) {
                detaches = true;
            }
        }
        for (size_t m = first; m < found_.members.size(); ++m) {
            found_.members[m].locks_self = locks_self;
            found_.members[m].locked = locked;
            found_.members[m].detaches = detaches;
        }
    }

    // The first template argument of `call_guard<py::gil_scoped_release, ...>`.
    bool guards_call(uint32_t at) const {
        at -= word(at - 1) == "::" ? 2 : 0;
        return word(at - 1) == "<" && word(at - 2) == "call_guard";
    }

    // `Class::method`, `ns::Class<int>::method`, `function`.
    void member(const Call& call, uint32_t at) {
        at += word(at) == "::";
        std::string_view scope;
        while (tree_.is_name(at)) {
            uint32_t next = after_template_arguments(at + 1);
            if (word(next) == "(") {
                return; // a call, whose result is bound
            }
            if (word(next) != "::") {
                found_.members.push_back({call.name, scope, word(at), at, false, 0, false});
                return;
            }
            scope = word(at);
            at = next + 1;
        }
    }

    uint32_t after_template_arguments(uint32_t open) const {
        if (word(open) != "<") {
            return open;
        }
        int depth = 0;
        for (uint32_t i = open; i < open + kLongestArguments; ++i) {
            depth += (word(i) == "<") - (word(i) == ">") - 2 * (word(i) == ">>");
            if (depth <= 0) {
                return i + 1;
            }
        }
        return open;
    }

    const Tree& tree_;
    const std::vector<Body>& bodies_;
    Bindings found_;
};

} // namespace

Bindings read_bindings(const Tree& tree, const std::vector<Body>& bodies) {
    return BindingReader(tree, bodies).run();
}

} // namespace ungil::scan
