#include "scan/queries.hpp"

#include "scan/declarator.hpp"

namespace ungil::scan {
namespace {

FunctionHandle function_at(const ProjectHandle& project, Place place) {
    return {{project, place.file}, place.function};
}

} // namespace

Span span(const Tree& tree, Range range) {
    if (range.empty()) {
        return {tree.position(range.first), tree.position(range.first)};
    }
    Token last = tree.code.tokens[range.last - 1];
    return {tree.position(range.first), tree.text.position(last.offset + last.length)};
}

Span token_span(const Tree& tree, uint32_t token) {
    return span(tree, {token, token + 1});
}

std::vector<LockHandle> locks_at(const FunctionHandle& function, uint32_t token) {
    std::vector<LockHandle> held;
    const auto& locks = function.body().locks;
    for (uint32_t i = 0; i < locks.size(); ++i) {
        if (locks[i].holds(token)) {
            held.push_back({function, i});
        }
    }
    return held;
}

std::vector<LockHandle> locks_taken(const FileHandle& file) {
    std::vector<LockHandle> taken;
    for (uint32_t f = 0; f < file.facts().bodies.size(); ++f) {
        for (uint32_t i = 0; i < file.facts().bodies[f].locks.size(); ++i) {
            taken.push_back({{file, f}, i});
        }
    }
    return taken;
}

std::vector<LockHandle> locks_at_both(const LazyFillHandle& fill) {
    std::vector<LockHandle> held;
    for (const LockHandle& lock : locks_at(fill.function, fill.fill().test)) {
        if (lock.lock().holds(fill.fill().assignment)) {
            held.push_back(lock);
        }
    }
    return held;
}

std::vector<ValueHandle> values(const FunctionHandle& function, Range expressions) {
    std::vector<ValueHandle> result;
    const Tree& tree = function.file.tree();
    for (Range expression : split(tree, expressions, ",")) {
        result.push_back({function, describe(tree, function.function(), function.body(), expression)});
    }
    return result;
}

std::vector<FunctionHandle> resolve(const FunctionHandle& function, const std::string& name) {
    std::vector<FunctionHandle> found;
    for (Place place : function.file.of.project->names().resolve(function.file.index, name)) {
        found.push_back(function_at(function.file.of, place));
    }
    return found;
}

std::vector<CallHandle> callers(const FunctionHandle& function) {
    std::vector<CallHandle> found;
    for (const CallSite& site : function.file.facts().callers[function.index]) {
        found.push_back({function_at(function.file.of, site.caller), site.call});
    }
    return found;
}

std::vector<ValueHandle> returns(const FunctionHandle& function) {
    std::vector<ValueHandle> found;
    const Tree& tree = function.file.tree();
    for (const Node& node : function.function().nodes) {
        if (node.kind == NodeKind::Return && !node.tokens.empty() && !is_null(tree, node.tokens)) {
            found.push_back({function, describe(tree, function.function(), function.body(), node.tokens)});
        }
    }
    return found;
}

std::vector<VariableHandle> variables(const FileHandle& file) {
    std::vector<VariableHandle> result;
    for (const Variable& global : file.tree().globals) {
        result.push_back({file, &global});
    }
    for (const Body& body : file.facts().bodies) {
        for (const Variable& local : body.locals) {
            if (local.storage == Storage::Static) {
                result.push_back({file, &local});
            }
        }
    }
    return result;
}

std::vector<VariableHandle> mutable_statics(const ProjectHandle& project) {
    std::vector<VariableHandle> result;
    for (const MutableStatic& found : project.project->statics().all()) {
        result.push_back({{project, found.file}, found.variable});
    }
    return result;
}

std::vector<AccessHandle> accesses(const VariableHandle& variable) {
    std::vector<AccessHandle> result;
    const ProjectHandle& project = variable.file.of;
    if (const MutableStatic* found = project.project->statics().find(variable.variable)) {
        for (const Access& access : found->accesses) {
            result.push_back({project, access});
        }
    }
    return result;
}

std::vector<LockHandle> locks_at(const AccessHandle& access) {
    std::vector<LockHandle> held = locks_at(access.function(), access.access.token);
    if (access.access.is_given) {
        Place caller = access.access.given_by;
        for (const LockHandle& lock : locks_at(function_at(access.of, caller), access.access.given_at)) {
            held.push_back(lock);
        }
    }
    return held;
}

} // namespace ungil::scan
