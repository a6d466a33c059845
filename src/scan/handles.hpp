#pragma once

#include "scan/lookups.hpp"
#include "scan/project.hpp"
#include "scan/value.hpp"

namespace ungil::scan {

// What Python holds: an index into a project that the handle keeps alive. The project never changes after it is built,
// so handles may be used from any thread.
struct ProjectHandle {
    std::shared_ptr<const Project> project;
};

struct FileHandle {
    ProjectHandle of;
    uint32_t index;

    const FileFacts& facts() const { return of.project->files()[index]; }
    const Tree& tree() const { return *facts().tree; }
};

struct FunctionHandle {
    FileHandle file;
    uint32_t index;

    const Function& function() const { return file.tree().functions[index]; }
    const Body& body() const { return file.facts().bodies[index]; }
    bool called_under(uint8_t bit) const { return (file.facts().called_under[index] & bit) != 0; }
    bool used_as(uint16_t use) const { return (file.facts().uses[index] & use) != 0; }
};

struct ModuleEntryHandle {
    FileHandle file;
    uint32_t index;

    const ModuleEntry& entry() const { return file.facts().modules[index]; }
};

struct BindingHandle {
    FileHandle file;
    uint32_t index;

    const Binding& binding() const { return file.facts().bindings.members[index]; }
};

struct CallHandle {
    FunctionHandle function;
    uint32_t index;

    const Call& call() const { return function.body().calls[index]; }
};

struct LockHandle {
    FunctionHandle function;
    uint32_t index;

    const Lock& lock() const { return function.body().locks[index]; }
};

struct ExitHandle {
    FunctionHandle function;
    uint32_t index;

    const Exit& exit() const { return function.body().exits[index]; }
};

struct RegionHandle {
    FunctionHandle function;
    uint32_t index;

    const Region& region() const { return function.body().states.regions[index]; }
};

struct LazyFillHandle {
    FunctionHandle function;
    uint32_t index;

    const LazyFill& fill() const { return function.body().lazy_fills[index]; }
};

struct VariableHandle {
    FileHandle file;
    const Variable* variable; // lives as long as the project
};

struct ExposureHandle {
    ProjectHandle of;
    uint32_t index;

    const Exposure& exposure() const { return of.project->exposures()[index]; }
    FunctionHandle function() const { return {{of, exposure().function.file}, exposure().function.function}; }
};

struct AccessHandle {
    ProjectHandle of;
    Access access; // a copy: it is small, and its text lives as long as the project

    FunctionHandle function() const { return {{of, access.place.file}, access.place.function}; }
    const Tree& tree() const { return *of.project->files()[access.place.file].tree; }
};

struct RecordHandle {
    FileHandle file;
    uint32_t index;

    const Record& record() const { return file.tree().records[index]; }
};

struct StoreHandle {
    FunctionHandle function;
    uint32_t index;

    const Assignment& store() const { return function.body().assignments[index]; }
};

struct MemberHandle {
    FunctionHandle function;
    uint32_t index;

    const Member& member() const { return function.body().members[index]; }
};

struct LookupHandle {
    FunctionHandle function;
    Lookup lookup;
};

struct CommentHandle {
    FileHandle file;
    uint32_t index;

    const Comment& comment() const { return file.tree().comments[index]; }
};

struct ValueHandle {
    FunctionHandle function;
    Value value;
};

struct Span {
    Position first;
    Position last; // one past the end
};

} // namespace ungil::scan
