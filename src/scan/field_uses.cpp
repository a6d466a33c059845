#include "scan/field_uses.hpp"

#include "scan/lock_verbs.hpp"
#include "scan/words.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

// A lock or an atomic takes care of itself.
bool synchronises(const Tree& tree, const Variable& field) {
    for (std::string_view part :
         {"utex", "MUTEX", "lock", "Lock", "LOCK", "tomic", "once_flag", "thread_local", "cond_t"}) {
        if (contains(field.type, part) || contains(tree.source(field.specifiers), part)) {
            return true;
        }
    }
    return false;
}

class UseFinder {
  public:
    UseFinder(const Types& types, const Tree& tree, const Function& function, const Body& body)
        : types_(types), tree_(tree), function_(function), body_(body), owners_(tree, function, body) {}

    std::vector<FieldUse> run() {
        for (uint32_t a = 0; a < body_.accesses.size(); ++a) {
            use(a);
        }
        return std::move(found_);
    }

  private:
    void use(uint32_t index) {
        const FieldAccess& access = body_.accesses[index];
        Owner owner = access.variable.empty() ? Owner{} : owners_.of(access.variable, access.first);
        const Record* record = access.cast.empty() ? nullptr : types_.find(tree_, access.cast);
        record = record != nullptr ? record : types_.find(tree_, owner.type);
        if (record == nullptr || owner.birth == Birth::Fresh) {
            return;
        }
        const Variable* field = Types::field(*record, tree_.word(access.field));
        bool held = owner.birth == Birth::Parameter && !owner.field.empty();
        FieldUse use{record, field, access.kind_of_first(), owner, index, is_locked(function_, body_, access.field),
                     held};
        if (access.deeper) {
            descend(access, use);
        }
        if (use.field != nullptr && use.kind == FieldAction::Write && sets_flag(access, *use.field)) {
            use.kind = FieldAction::Flag;
        }
        if (use.field != nullptr && !synchronises(tree_, *use.field)) {
            found_.push_back(use);
        }
    }

    bool sets_flag(const FieldAccess& access, const Variable& field) const {
        std::string_view value = tree_.word(access.last + 1);
        bool literal = tree_.kind(access.last + 1) == TokenKind::Number || value == "true" || value == "false";
        return field.pointers == 0 && literal && tree_.word(access.last + 2) == ";";
    }

    // `self->base.items` is a field of the struct that is embedded; `self->parent->items` is one of another object.
    void descend(const FieldAccess& access, FieldUse& use) const {
        uint32_t link = access.field;
        for (int depth = 0; depth < 4 && use.field != nullptr; ++depth) {
            uint32_t next = next_link(access, link);
            const Record* inner = next == 0 ? nullptr : types_.find(tree_, use.field->type);
            if (inner == nullptr || use.field->pointers > 1 || !types_.is_object(tree_, *inner)) {
                return;
            }
            if (use.field->pointers == 1) {
                use.owner = owners_.stored_in(use.field->name);
                use.held = use.owner.birth != Birth::Parameter;
            }
            link = next;
            bool last = next_link(access, link) == 0;
            use.record = inner;
            use.field = Types::field(*inner, tree_.word(link));
            use.kind = last ? access.kind : access.kind_of_first();
        }
    }

    // The token of the next name in the chain, or 0.
    uint32_t next_link(const FieldAccess& access, uint32_t link) const {
        uint32_t i = link + 1;
        while (i < access.last && tree_.word(i) == "[") {
            i = tree_.after(i);
        }
        return i + 1 < access.last ? i + 1 : 0;
    }

    const Types& types_;
    const Tree& tree_;
    const Function& function_;
    const Body& body_;
    Owners owners_;
    std::vector<FieldUse> found_;
};

} // namespace

std::vector<FieldUse> find_field_uses(const Types& types, const Tree& tree, const Function& function,
                                      const Body& body) {
    return body.accesses.empty() ? std::vector<FieldUse>() : UseFinder(types, tree, function, body).run();
}

bool is_locked(const Function& function, const Body& body, uint32_t token) {
    return says_locked(function.name) ||
           std::any_of(body.locks.begin(), body.locks.end(), [&](const Lock& lock) { return lock.holds(token); });
}

bool holds_object(const Types& types, const Tree& tree, const Variable& field) {
    if (field.pointers != 1) {
        return false;
    }
    if (field.type == "PyObject" || field.type == "PyTypeObject") {
        return true;
    }
    const Record* record = types.find(tree, field.type);
    return record != nullptr && types.is_object(tree, *record);
}

} // namespace ungil::scan
