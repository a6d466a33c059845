#include "scan/project.hpp"

#include "scan/exposures.hpp"
#include "scan/locks.hpp"
#include "scan/parallel.hpp"
#include "scan/thread_state.hpp"
#include "scan/words.hpp"

#include <algorithm>
#include <numeric>

namespace ungil::scan {
namespace {

// `PyObject`, `Py_INCREF`, `py::object`, `nb::handle`.
bool speaks_to_python(const Tree& tree) {
    for (uint32_t i = 0; i < tree.code.tokens.size(); ++i) {
        std::string_view word = tree.word(i);
        bool api =
            word.size() > 3 && word.substr(0, 2) == "Py" && (word[2] == '_' || (word[2] >= 'A' && word[2] <= 'Z'));
        bool framework = tree.word(i + 1) == "::" && is_one_of(word, {"py", "nb", "pybind11", "nanobind"});
        if (tree.is_name(i) && (api || framework)) {
            return true;
        }
    }
    return false;
}

FileFacts read(Source& source) {
    FileFacts file;
    file.path = std::move(source.path);
    file.tree = parse(std::move(source.bytes), source.language);
    file.bodies.reserve(file.tree->functions.size());
    for (const Function& function : file.tree->functions) {
        file.bodies.push_back(read_body(*file.tree, function));
    }
    for (uint32_t f = 0; f < file.bodies.size(); ++f) {
        for (uint32_t c = 0; c < file.bodies[f].calls.size(); ++c) {
            file.calls_named[file.bodies[f].calls[c].name].emplace_back(f, c);
        }
    }
    find_uses(file);
    file.speaks_to_python = speaks_to_python(*file.tree);
    file.bindings = read_bindings(*file.tree, file.bodies);
    return file;
}

std::vector<FileFacts> read_all(std::vector<Source>& sources, unsigned threads) {
    std::vector<FileFacts> files(sources.size());
    std::vector<size_t> order(sources.size()); // the largest first, so that no thread is left with one at the end
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return sources[a].bytes.size() > sources[b].bytes.size(); });
    parallel_for(sources.size(), threads, [&](size_t i) { files[order[i]] = read(sources[order[i]]); });
    return files;
}

// Which locks are held where: after the reading, since a lock may be a macro or a function of another file.
void read_locks(std::vector<FileFacts>& files, const Names& names, unsigned threads) {
    LockWords words(files, names);
    parallel_for(files.size(), threads, [&](size_t f) {
        for (uint32_t i = 0; i < files[f].bodies.size(); ++i) {
            find_locks(words, static_cast<uint32_t>(f), files[f], i, files[f].bodies[i]);
            find_exits(words, static_cast<uint32_t>(f), files[f], i, files[f].bodies[i]);
        }
    });
}

void find_all_states(std::vector<FileFacts>& files, unsigned threads) {
    StateVerbs verbs(files);
    parallel_for(files.size(), threads, [&](size_t i) { find_states(files[i], verbs); });
}

} // namespace

Project::Project(std::vector<Source> sources, unsigned threads) : files_(read_all(sources, threads)), names_(files_) {
    find_modules(files_);
    find_bound(files_, names_);
    read_locks(files_, names_, threads);
    find_all_states(files_, threads);
    join(files_, names_);
    join_states(files_, names_);
    find_locks_of_callers(files_, names_);
    exposures_ = find_exposures(files_, threads);
    statics_ = Statics(files_, names_, threads);
}

} // namespace ungil::scan
