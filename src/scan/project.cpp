#include "scan/project.hpp"

#include "scan/parallel.hpp"

namespace ungil::scan {
namespace {

FileFacts read(Source& source) {
    FileFacts file;
    file.path = std::move(source.path);
    file.tree = parse(std::move(source.bytes), source.language);
    file.bodies.reserve(file.tree->functions.size());
    for (const Function& function : file.tree->functions) {
        file.bodies.push_back(read_body(*file.tree, function));
    }
    find_uses(file);
    return file;
}

std::vector<FileFacts> read_all(std::vector<Source>& sources, unsigned threads) {
    std::vector<FileFacts> files(sources.size());
    parallel_for(sources.size(), threads, [&](size_t i) { files[i] = read(sources[i]); });
    return files;
}

} // namespace

Project::Project(std::vector<Source> sources, unsigned threads) : files_(read_all(sources, threads)), names_(files_) {
    join(files_, names_);
    statics_ = Statics(files_, names_, threads);
}

} // namespace ungil::scan
