#include "scan/types.hpp"

#include <algorithm>

namespace ungil::scan {

Types::Types(const std::vector<const Tree*>& trees) {
    for (const Tree* tree : trees) {
        auto& own = own_[tree];
        for (const Record& record : tree->records) {
            for (std::string_view name : {record.name, record.alias}) {
                if (!name.empty()) {
                    own.emplace(name, &record);
                    any_.emplace(name, &record);
                }
            }
        }
    }
}

const Record* Types::find(const Tree& seen_from, std::string_view name) const {
    if (auto file = own_.find(&seen_from); file != own_.end()) {
        if (auto found = file->second.find(name); found != file->second.end()) {
            return found->second;
        }
    }
    auto found = any_.find(name);
    return found == any_.end() ? nullptr : found->second;
}

const Variable* Types::field(const Record& record, std::string_view name) {
    auto found = std::find_if(record.fields.begin(), record.fields.end(), [&](auto& f) { return f.name == name; });
    return found == record.fields.end() ? nullptr : &*found;
}

bool Types::is_object(const Tree& seen_from, const Record& record) const {
    const Record* at = &record;
    for (int depth = 0; at != nullptr && depth < 8; ++depth) {
        if (at->has_object_head) {
            return true;
        }
        bool embeds = !at->fields.empty() && at->fields.front().pointers == 0;
        at = embeds ? find(seen_from, at->fields.front().type) : nullptr;
    }
    return false;
}

} // namespace ungil::scan
