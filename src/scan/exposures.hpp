#pragma once

#include "scan/project.hpp"

namespace ungil::scan {

// Where functions use the state of objects that other threads may have too, without a lock: at most one exposure for each
// function, the most harmful. `files` are joined.
std::vector<Exposure> find_exposures(const std::vector<FileFacts>& files, unsigned threads);

} // namespace ungil::scan
