#include "scan/storage.hpp"

#include "scan/project.hpp"
#include "scan/words.hpp"

#include <algorithm>
#include <cctype>

namespace ungil::scan {
namespace {

std::string lower(std::string_view word) {
    std::string result(word);
    std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::tolower(c); });
    return result;
}

bool is_keyword(std::string_view word) {
    return word == "thread_local" || word == "_Thread_local" || word == "__thread";
}

// Names that compilers' and projects' configuration headers give it: CYTHON_THREAD_LOCAL, HAVE_TLS's MY_TLS.
bool is_spelling(std::string_view word) {
    if (is_keyword(word)) {
        return true;
    }
    std::string name = lower(word);
    bool tls = name == "tls" || (name.size() > 4 && name.compare(name.size() - 4, 4, "_tls") == 0);
    return tls || contains(name, "thread_local") || contains(name, "threadlocal");
}

} // namespace

ThreadLocalWords::ThreadLocalWords(const std::vector<FileFacts>& files) {
    for (const FileFacts& file : files) {
        for (const auto& [name, macro] : file.tree->code.macros) {
            if (macro.is_thread_local) {
                macros_.insert(name);
            }
        }
    }
}

bool ThreadLocalWords::is_one(std::string_view word) const {
    return macros_.count(word) != 0 || is_spelling(word);
}

bool ThreadLocalWords::are_in(const Tree& tree, Range specifiers) const {
    for (uint32_t i = specifiers.first; i < specifiers.last; ++i) {
        bool declspec = tree.word(i) == "thread" && i > 1 && tree.word(i - 2) == "__declspec";
        if (declspec || (tree.is_name(i) && is_one(tree.word(i)))) {
            return true;
        }
    }
    return false;
}

bool is_atomic(const Tree& tree, const Variable& variable) {
    for (uint32_t i = variable.specifiers.first; i < variable.specifiers.last; ++i) {
        std::string_view word = tree.word(i);
        if (word == "_Atomic" || word.substr(0, 6) == "atomic") {
            return true;
        }
    }
    return false;
}

bool is_volatile(const Tree& tree, const Variable& variable) {
    for (uint32_t i = variable.specifiers.first; i < variable.token; ++i) {
        if (tree.word(i) == "volatile") {
            return true;
        }
    }
    return false;
}

bool is_synchroniser(std::string_view type) {
    std::string name = lower(type);
    for (std::string_view part : {"mutex", "once_flag", "once_t", "init_once", "critical_section", "condition_variable",
                                  "cond_t", "pthread_key", "py_tss_t", "semaphore", "sem_t", "latch", "barrier"}) {
        if (contains(name, part)) {
            return true;
        }
    }
    size_t lock = name.find("lock"); // not a block, nor a clock
    return lock != std::string::npos && (lock == 0 || (name[lock - 1] != 'b' && name[lock - 1] != 'c'));
}

bool is_definition(const Variable& variable) {
    static const std::unordered_set<std::string_view> types{"PyTypeObject",
                                                            "PyModuleDef",
                                                            "PyMethodDef",
                                                            "PyMemberDef",
                                                            "PyGetSetDef",
                                                            "PyType_Spec",
                                                            "PyType_Slot",
                                                            "_PyArg_Parser",
                                                            "_Py_Identifier",
                                                            "PyStructSequence_Desc",
                                                            "PyModuleDef_Slot",
                                                            "PySlot",
                                                            "PyBufferProcs",
                                                            "PyNumberMethods",
                                                            "PySequenceMethods",
                                                            "PyMappingMethods",
                                                            "PyAsyncMethods",
                                                            "PyModuleDef_Base",
                                                            "PyStructSequence_Field",
                                                            "PyHeapTypeObject"};
    return variable.pointers == 0 && types.count(variable.type) != 0;
}

} // namespace ungil::scan
