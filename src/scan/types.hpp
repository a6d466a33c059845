#pragma once

#include "scan/syntax.hpp"

#include <unordered_map>

namespace ungil::scan {

// The structs and classes of a project by name. Of two with the same name, each file means its own.
class Types {
  public:
    explicit Types(const std::vector<const Tree*>& trees);

    // By tag, class or typedef; null when the project does not define it.
    const Record* find(const Tree& seen_from, std::string_view name) const;

    // A member by name; null when there is none.
    static const Variable* field(const Record& record, std::string_view name);

    // Does Python see its instances as objects? It has the head of one, or begins with a struct that has.
    bool is_object(const Tree& seen_from, const Record& record) const;

  private:
    std::unordered_map<const Tree*, std::unordered_map<std::string_view, const Record*>> own_;
    std::unordered_map<std::string_view, const Record*> any_;
};

} // namespace ungil::scan
