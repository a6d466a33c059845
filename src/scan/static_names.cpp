#include "scan/static_names.hpp"

#include "scan/project.hpp"
#include "scan/storage.hpp"
#include "scan/words.hpp"

namespace ungil::scan {
namespace {

bool may_change(const Variable& variable) {
    return !variable.is_const && !is_definition(variable);
}

} // namespace

StaticNames::StaticNames(const std::vector<FileFacts>& files) : files_(files), own_(files.size()) {
    std::unordered_map<std::string_view, bool> wanted; // names that some file declares as another's
    for (uint32_t f = 0; f < files.size(); ++f) {
        add_globals(f);
        for (const Variable& global : files[f].tree->globals) {
            if (global.storage == Storage::Extern && global.initializer.empty()) {
                wanted.emplace(global.name, true);
            }
        }
        for (const Body& body : files[f].bodies) {
            for (const Variable& local : body.locals) {
                if (local.storage == Storage::Extern) {
                    wanted.emplace(local.name, true);
                } else if (local.storage == Storage::Static && may_change(local)) {
                    locals_.emplace(&local, add(f, local, true));
                }
            }
        }
    }
    share(wanted);
}

uint32_t StaticNames::add(uint32_t file, const Variable& variable, bool local) {
    filter_.set(hash(variable.name));
    variables_.push_back({file, &variable, local});
    return static_cast<uint32_t>(variables_.size() - 1);
}

void StaticNames::add_globals(uint32_t file) {
    for (const Variable& global : files_[file].tree->globals) {
        bool definition = global.storage != Storage::Extern || !global.initializer.empty();
        if (definition && may_change(global) && own_[file].count(global.name) == 0) {
            own_[file].emplace(global.name, add(file, global, false));
        }
    }
}

// Other files mean a variable if one of them declares it `extern`, or if a header defines it.
void StaticNames::share(const std::unordered_map<std::string_view, bool>& wanted) {
    for (uint32_t f = 0; f < own_.size(); ++f) {
        bool header = is_header(files_[f].path);
        for (auto [name, index] : own_[f]) {
            if (header || (variable(index).storage != Storage::Static && wanted.count(name) != 0)) {
                auto [found, fresh] = shared_.emplace(name, index);
                found->second = fresh ? index : kNone;
            }
        }
    }
}

StaticNames::Scope::Scope(const StaticNames& names, uint32_t file, uint32_t function)
    : names_(names), locals_(names.files_[file].bodies[function].locals) {
    for (const Parameter& parameter : names.files_[file].tree->functions[function].parameters) {
        meaning_.emplace(parameter.name, kNone);
    }
}

void StaticNames::Scope::advance(uint32_t token) {
    for (; next_ < locals_.size() && locals_[next_].token <= token; ++next_) {
        const Variable& local = locals_[next_];
        auto found = names_.locals_.find(&local);
        last_declared_ = local.token;
        if (local.storage != Storage::Extern) {
            meaning_.insert_or_assign(local.name, found == names_.locals_.end() ? kNone : found->second);
        }
    }
}

const uint32_t* StaticNames::Scope::find(std::string_view name) const {
    auto found = meaning_.find(name);
    return found == meaning_.end() ? nullptr : &found->second;
}

uint32_t StaticNames::find(uint32_t file, const Scope& scope, std::string_view name) const {
    if (const uint32_t* local = scope.find(name)) {
        return *local;
    }
    if (auto own = own_[file].find(name); own != own_[file].end()) {
        return own->second;
    }
    auto shared = shared_.find(name);
    return shared == shared_.end() ? kNone : shared->second;
}

size_t StaticNames::hash(std::string_view name) {
    auto at = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(name[i])); };
    size_t length = name.size();
    size_t mixed =
        length * 0x9E3779B1u + at(0) * 0x85EBCA6Bu + at(length - 1) * 0xC2B2AE35u + at(length / 2) * 0x27D4EB2Fu;
    return (mixed ^ (mixed >> 15)) & 0xFFFF;
}

} // namespace ungil::scan
