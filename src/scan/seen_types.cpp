#include "scan/seen_types.hpp"

namespace ungil::scan {

std::string_view type_of(const FunctionHandle& handle, std::string_view name) {
    if (const Variable* local = find_variable(handle.body().locals, name)) {
        return local->type;
    }
    for (const Parameter& parameter : handle.function().parameters) {
        if (parameter.name == name) {
            return parameter.type;
        }
    }
    if (const Variable* global = find_variable(handle.file.tree().globals, name)) {
        return global->type;
    }
    for (const Record& record : handle.file.tree().records) {
        bool own = !handle.function().scope.empty() && record.name == handle.function().scope;
        if (const Variable* member = own ? find_variable(record.fields, name) : nullptr) {
            return member->type;
        }
    }
    return {};
}

std::string_view receiver(const CallHandle& call) {
    const Tree& tree = call.function.file.tree();
    uint32_t token = call.call().token;
    return call.call().member && token >= 2 && tree.is_name(token - 2) ? tree.word(token - 2) : std::string_view();
}

std::string_view qualifier(const CallHandle& call) {
    const Tree& tree = call.function.file.tree();
    uint32_t token = call.call().token;
    bool qualified = token >= 2 && tree.word(token - 1) == "::" && tree.is_name(token - 2);
    return qualified ? tree.word(token - 2) : std::string_view();
}

} // namespace ungil::scan
