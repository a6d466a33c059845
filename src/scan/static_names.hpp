#pragma once

#include "scan/syntax.hpp"

#include <bitset>
#include <unordered_map>

namespace ungil::scan {

struct FileFacts;

// The variables with static storage that may be written, and which of them a name means in a function.
class StaticNames {
  public:
    static constexpr uint32_t kNone = UINT32_MAX;

    // What the names that a function declares mean at one of its tokens. Declarations are read in order, and the last one
    // holds: a block that ends is not noticed.
    class Scope {
      public:
        Scope(const StaticNames& names, uint32_t file, uint32_t function);

        void advance(uint32_t token); // takes in what is declared up to `token`
        bool declares(uint32_t token) const { return token == last_declared_; }
        const uint32_t* find(std::string_view name) const; // of one of its own statics, or of kNone

      private:
        const StaticNames& names_;
        const std::vector<Variable>& locals_;
        size_t next_ = 0;
        uint32_t last_declared_ = UINT32_MAX;
        std::unordered_map<std::string_view, uint32_t> meaning_;
    };

    explicit StaticNames(const std::vector<FileFacts>& files);

    size_t size() const { return variables_.size(); }
    const Variable& variable(uint32_t index) const { return *variables_[index].variable; }
    uint32_t file(uint32_t index) const { return variables_[index].file; }
    bool is_local(uint32_t index) const { return variables_[index].local; }

    // False for nearly every name that means no variable.
    bool may_be(std::string_view name) const { return filter_.test(hash(name)); }
    uint32_t find(uint32_t file, const Scope& scope, std::string_view name) const;

  private:
    struct Entry {
        uint32_t file;
        const Variable* variable;
        bool local;
    };

    static size_t hash(std::string_view name);
    uint32_t add(uint32_t file, const Variable& variable, bool local);
    void add_globals(uint32_t file);
    void share(const std::unordered_map<std::string_view, bool>& wanted);

    const std::vector<FileFacts>& files_;
    std::vector<Entry> variables_;
    std::vector<std::unordered_map<std::string_view, uint32_t>> own_; // by file
    std::unordered_map<std::string_view, uint32_t> shared_;           // kNone where several files define one
    std::unordered_map<const Variable*, uint32_t> locals_;
    std::bitset<1 << 16> filter_;
};

} // namespace ungil::scan
