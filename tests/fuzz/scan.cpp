// What the scanner must survive: any bytes, as C and as C++, alone and as two files of one project; every fact is asked
// for. Built by `make fuzz` with libFuzzer where there is clang, and with mutate.cpp's own main() where there is not;
// both with AddressSanitizer and UndefinedBehaviorSanitizer. A crash leaves the input behind as crash-* (libFuzzer) or
// as fuzz-crash.c (mutate.cpp): give it to the same program again to see it.

#include "scan/queries.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace ungil::scan;

namespace {

size_t ask(const FunctionHandle& function) {
    size_t seen = returns(function).size() + callers(function).size();
    for (uint32_t i = 0; i < function.body().calls.size(); ++i) {
        const Call& call = function.body().calls[i];
        seen += locks_at(function, call.token).size();
        for (const ValueHandle& value : values(function, call.arguments)) {
            seen += value.value.text.size();
        }
        seen += resolve(function, std::string(call.name)).size() + is_only_tested(function.file.tree(), call);
    }
    return seen;
}

size_t ask_everything(std::vector<Source> sources) {
    ProjectHandle project{std::make_shared<const Project>(std::move(sources), 1)};
    size_t seen = 0;
    for (uint32_t i = 0; i < project.project->files().size(); ++i) {
        FileHandle file{project, i};
        seen += variables(file).size();
        for (uint32_t f = 0; f < file.tree().functions.size(); ++f) {
            seen += ask({file, f});
        }
        for (const Node& node : file.tree().functions.empty() ? std::vector<Node>() : file.tree().functions[0].nodes) {
            seen += file.tree().source(node.tokens).size();
        }
    }
    return seen;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string bytes(reinterpret_cast<const char*>(data), size);
    std::string half = bytes.substr(0, size / 2), rest = bytes.substr(size / 2);
    size_t seen = ask_everything({{"a.c", bytes, Language::C}});
    seen += ask_everything({{"a.cpp", bytes, Language::Cxx}});
    seen += ask_everything({{"a.c", half, Language::C}, {"b.cpp", rest, Language::Cxx}});
    return seen == SIZE_MAX ? 1 : 0; // so that nothing is optimised away
}
