#pragma once

#include "scan/project.hpp"

namespace ungil::scan {

// Which functions run where no second thread can be in the module: while it is initialised, or when it goes (m_free and
// its kin, functions given to atexit).
class Alone {
  public:
    Alone(const std::vector<FileFacts>& files, const Names& names);

    bool runs(Place place) const {
        return files_[place.file].only_initialises[place.function] || ends_[place.file][place.function];
    }

  private:
    void note_definitions(uint32_t file, const Names& names);
    void note_exit_handlers(uint32_t file, const Names& names);
    void spread(const Names& names);
    void note(Place place);
    bool by_every_caller(Place place) const;

    const std::vector<FileFacts>& files_;
    std::vector<std::vector<bool>> ends_;
    std::vector<Place> waiting_;
};

} // namespace ungil::scan
