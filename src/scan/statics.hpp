#pragma once

#include "scan/occurrence.hpp"
#include "scan/place.hpp"

#include <unordered_map>

namespace ungil::scan {

struct FileFacts;
class Names;

// One use of a variable with static storage. Through a pointer that the function made or was given, the token is the
// pointer's, and `given_at` is where a caller handed it over.
struct Access {
    Place place;
    uint32_t token;
    uint32_t node;
    Occurrence what;
    bool alone = false; // the function runs only while a module is made or goes
    bool is_given = false;
    Place given_by{};
    uint32_t given_at = 0;
};

// A variable with static storage that is written while the module is in use, and all its uses in the project.
struct MutableStatic {
    uint32_t file;
    const Variable* variable;
    bool local; // to a function
    bool is_thread_local;
    bool is_atomic;
    std::vector<Access> accesses; // in the order of the files and, within one, of the source
};

class Statics {
  public:
    Statics() = default;
    Statics(const std::vector<FileFacts>& files, const Names& names, unsigned threads);

    const std::vector<MutableStatic>& all() const { return all_; }
    const MutableStatic* find(const Variable* variable) const;

  private:
    std::vector<MutableStatic> all_;
    std::unordered_map<const Variable*, uint32_t> index_;
};

} // namespace ungil::scan
