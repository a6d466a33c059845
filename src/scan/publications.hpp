#pragma once

#include "scan/project.hpp"

namespace ungil::scan {

// A new object that others can reach before its fields are filled.
struct EarlyPublication {
    Place place;
    uint32_t token;        // the call or the assignment that lets others reach it
    uint32_t fill;         // the first field that is set after that
    std::string_view name; // of the local that holds the object
    bool by_call;          // stored in a dict, a list or an attribute, rather than in a field
};

// Every function that makes an object, stores it where others find it, and then sets its fields.
std::vector<EarlyPublication> find_early_publications(const std::vector<FileFacts>& files);

} // namespace ungil::scan
