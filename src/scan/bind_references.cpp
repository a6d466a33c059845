#include "scan/bind.hpp"

#include <unordered_set>

namespace ungil::scan {
namespace {

std::unordered_set<std::string> wanted(const nb::set& names) {
    std::unordered_set<std::string> result;
    for (nb::handle name : names) {
        result.insert(nb::cast<std::string>(name));
    }
    return result;
}

bool is_local(const FunctionHandle& function, std::string_view name) {
    if (const Variable* local = find_variable(function.body().locals, name)) {
        return local->storage == Storage::Automatic;
    }
    const auto& parameters = function.function().parameters;
    return std::any_of(parameters.begin(), parameters.end(), [&](auto& p) { return p.name == name; });
}

// `self->items = value` for each of the fields.
std::vector<StoreHandle> stores_to(const FileHandle& file, const nb::set& fields) {
    std::vector<StoreHandle> found;
    auto names = wanted(fields);
    std::string name;
    for (uint32_t f = 0; f < file.tree().functions.size(); ++f) {
        const auto& assignments = file.facts().bodies[f].assignments;
        for (uint32_t i = 0; i < assignments.size(); ++i) {
            bool wanted_name = names.count(name.assign(assignments[i].target)) != 0;
            if (wanted_name && (assignments[i].member || !is_local({file, f}, assignments[i].target))) {
                found.push_back({{file, f}, i});
            }
        }
    }
    return found;
}

std::vector<MemberHandle> members(const FileHandle& file, const nb::set& names) {
    std::vector<MemberHandle> found;
    auto chosen = wanted(names);
    std::string name;
    for (uint32_t f = 0; f < file.tree().functions.size(); ++f) {
        const auto& members = file.facts().bodies[f].members;
        for (uint32_t i = 0; i < members.size(); ++i) {
            if (chosen.count(name.assign(members[i].name)) != 0) {
                found.push_back({{file, f}, i});
            }
        }
    }
    return found;
}

std::vector<LookupHandle> lookups(const FileHandle& file) {
    std::vector<LookupHandle> found;
    for (uint32_t f = 0; f < file.tree().functions.size(); ++f) {
        for (const Lookup& lookup : find_lookups(file.tree(), file.facts().bodies[f])) {
            found.push_back({{file, f}, lookup});
        }
    }
    return found;
}

// Calls whose name contains one of these words; each name once.
std::vector<CallHandle> calls_like(const FileHandle& file, const std::vector<std::string>& words) {
    std::vector<CallHandle> found;
    for (const auto& [name, sites] : file.facts().calls_named) {
        auto in_name = [&, called = name](const std::string& word) {
            return called.find(word) != std::string_view::npos;
        };
        if (std::any_of(words.begin(), words.end(), in_name)) {
            found.push_back({{file, sites.front().first}, sites.front().second});
        }
    }
    return found;
}

// The macros whose body has one of these names, in source order.
std::vector<std::pair<std::string, Span>> macros_with(const FileHandle& file, const nb::set& names) {
    std::vector<const Macro*> found;
    auto chosen = wanted(names);
    for (const auto& [name, macro] : file.tree().code.macros) {
        bool uses = std::any_of(macro.words.begin(), macro.words.end(),
                                [&](std::string_view word) { return chosen.count(std::string(word)) != 0; });
        if (uses) {
            found.push_back(&macro);
        }
    }
    std::sort(found.begin(), found.end(), [](auto* a, auto* b) { return a->name.offset < b->name.offset; });
    std::vector<std::pair<std::string, Span>> result;
    const Text& source = file.tree().text;
    for (const Macro* macro : found) {
        Span span{source.position(macro->name.offset), source.position(macro->name.offset + macro->name.length)};
        result.emplace_back(source.at(macro->name), span);
    }
    return result;
}

ValueHandle described(const FunctionHandle& function, Range range) {
    return {function, describe(function.file.tree(), function.function(), function.body(), range)};
}

MemberUse use_of(const MemberHandle& m) {
    const FunctionHandle& f = m.function;
    return describe_member(f.file.tree(), f.function(), f.body().locals, m.member());
}

} // namespace

void bind_references(nb::class_<FileHandle>& file, nb::module_& m) {
    file.def("calls_like", &calls_like)
        .def("stores_to", &stores_to)
        .def("members", &members)
        .def("macros_with", &macros_with)
        .def_prop_ro("lookups", &lookups);
    nb::class_<StoreHandle>(m, "Store")
        .def_ro("function", &StoreHandle::function)
        .def_prop_ro("span", [](const StoreHandle& s) { return token_span(s.function.file.tree(), s.store().token); })
        .def_prop_ro("is_field", [](const StoreHandle& s) { return s.store().member; })
        .def_prop_ro("is_null", [](const StoreHandle& s) { return is_null(s.function.file.tree(), s.store().value); })
        .def_prop_ro("value", [](const StoreHandle& s) { return described(s.function, s.store().value); });
    nb::class_<MemberHandle>(m, "Member")
        .def_ro("function", &MemberHandle::function)
        .def_prop_ro("name", [](const MemberHandle& u) { return text(u.member().name); })
        .def_prop_ro("span", [](const MemberHandle& u) { return token_span(u.function.file.tree(), u.member().token); })
        .def_prop_ro("owner", [](const MemberHandle& u) { return described(u.function, use_of(u).owner); })
        .def_prop_ro("type", [](const MemberHandle& u) { return text(use_of(u).type); })
        .def_prop_ro("is_address", [](const MemberHandle& u) { return use_of(u).address; })
        .def_prop_ro("is_written", [](const MemberHandle& u) { return use_of(u).written; })
        .def_prop_ro("locks", [](const MemberHandle& u) { return locks_at(u.function, u.member().token); });
    nb::class_<LookupHandle>(m, "Lookup")
        .def_prop_ro("call", [](const LookupHandle& l) { return CallHandle{l.function, l.lookup.call}; })
        .def_prop_ro("search",
                     [](const LookupHandle& l) { return token_span(l.function.file.tree(), l.lookup.search); })
        .def_prop_ro("name", [](const LookupHandle& l) { return text(l.function.file.tree().word(l.lookup.search)); });
}

} // namespace ungil::scan
