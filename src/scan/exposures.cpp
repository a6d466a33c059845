#include "scan/exposures.hpp"

#include "scan/effects.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

class ExposureFinder {
  public:
    ExposureFinder(const std::vector<FileFacts>& files, const Types& types, const Effects& effects)
        : files_(files), types_(types), effects_(effects) {}

    std::vector<Exposure> run() {
        for (uint32_t f = 0; f < files_.size(); ++f) {
            for (uint32_t i = 0; i < files_[f].bodies.size(); ++i) {
                read({f, i});
            }
        }
        return std::move(found_);
    }

  private:
    const FileFacts& file(Place place) const { return files_[place.file]; }
    const Tree& tree(Place place) const { return *file(place).tree; }
    const Body& body(Place place) const { return file(place).bodies[place.function]; }
    const Summary& summary(Place place) const { return effects_.summaries[place.file][place.function]; }
    const Function& function(Place place) const { return tree(place).functions[place.function]; }

    void read(Place place) {
        uint8_t reach = effects_.reach[place.file][place.function];
        if (reach == kUnreached || (file(place).uses[place.function] & (kFinaliser | kConstructor)) != 0) {
            return;
        }
        worst_.clear();
        const auto& uses = summary(place).uses;
        for (uint32_t u = 0; u < uses.size(); ++u) {
            own_use(place, u, reach);
        }
        if (is_entered(file(place), place.function) && (file(place).uses[place.function] & kTable) != 0) {
            for (const Effect& effect : summary(place).effects) {
                if (types_.is_object(tree(place), *effect.record)) {
                    offer(place, effect.token, effect.record, effect.field, hazard_of(effect), effect.via, true);
                }
            }
        }
        found_.insert(found_.end(), worst_.begin(), worst_.end());
    }

    // What is wrong with the statement itself, whoever the caller is.
    void own_use(Place place, uint32_t index, uint8_t reach) {
        const FieldUse& use = summary(place).uses[index];
        bool shared = is_shared(use.owner, summary(place).shared);
        bool initialised = is_shared(use.owner, summary(place).initialised);
        if (use.locked || !types_.is_object(tree(place), *use.record) || !(shared || initialised)) {
            return;
        }
        const FieldAccess& access = body(place).accesses[use.access];
        bool object = holds_object(types_, tree(place), *use.field);
        auto offer_here = [&](Hazard hazard) {
            offer(place, access.field, use.record, use.field, hazard, {}, is_entered(file(place), place.function));
        };
        if (object && gives_up(place, index)) {
            return offer_here(Hazard::Release);
        }
        if (!shared || (reach & kAtRunTime) == 0) {
            return; // __init__ sets plain fields before anybody else has the object
        }
        if (is_lazy(place, index)) {
            return offer_here(Hazard::Lazy);
        }
        if (is_temporary(place, index)) {
            return offer_here(Hazard::Temporary);
        }
        if (object && use.kind == FieldAction::Read && is_replaced_elsewhere(place, *use.field)) {
            return offer_here(Hazard::Borrow);
        }
        if (use.kind >= FieldAction::Flag && is_shared(use.owner, summary(place).adopted)) {
            offer_here(hazard_of(use.kind, *use.field));
        }
    }

    static bool is_shared(const Owner& owner, uint32_t bits) {
        if (owner.birth != Birth::Parameter) {
            return owner.birth == Birth::Shared;
        }
        return owner.parameter < 32 && ((bits >> owner.parameter) & 1U) != 0;
    }

    // Py_CLEAR and Py_SETREF, or a plain store beside a Py_DECREF of the same field.
    bool gives_up(Place place, uint32_t index) const {
        const auto& uses = summary(place).uses;
        if (uses[index].kind != FieldAction::Release) {
            return false;
        }
        std::string_view macro = outer_call(place, uses[index]);
        if (macro == "Py_CLEAR" || macro == "Py_SETREF" || macro == "Py_XSETREF") {
            return true;
        }
        return std::any_of(uses.begin(), uses.end(), [&](const FieldUse& other) {
            return other.field == uses[index].field && other.kind == FieldAction::Write;
        });
    }

    std::string_view outer_call(Place place, const FieldUse& use) const {
        uint32_t first = body(place).accesses[use.access].first;
        return first >= 2 ? tree(place).word(first - 2) : std::string_view();
    }

    // A test for emptiness, and a store that depends on it.
    bool is_lazy(Place place, uint32_t index) const {
        const auto& uses = summary(place).uses;
        const FieldAccess& test = body(place).accesses[uses[index].access];
        const Node& node = function(place).nodes[test.node];
        if (uses[index].kind != FieldAction::Tested || node.kind != NodeKind::If ||
            !tests_emptiness(place, uses[index], test)) {
            return false;
        }
        return std::any_of(uses.begin() + index + 1, uses.end(), [&](const FieldUse& later) {
            const FieldAccess& access = body(place).accesses[later.access];
            bool fills = later.kind == FieldAction::Write || later.kind == FieldAction::Address;
            return later.field == uses[index].field && fills && !later.locked && access.node > test.node &&
                   access.node < node.end && !stores_null(place, access);
        });
    }

    bool tests_emptiness(Place place, const FieldUse& use, const FieldAccess& test) const {
        const Tree& t = tree(place);
        bool negated = test.first > 0 && t.word(test.first - 1) == "!";
        bool compared = t.word(test.last) == "==" && (is_null(t, {test.last + 1, test.last + 2}) ||
                                                      (t.word(test.last + 1) == "-" && t.word(test.last + 2) == "1"));
        bool pointer = use.field->pointers > 0;
        return pointer ? negated || compared : compared && t.word(test.last + 1) == "-";
    }

    bool stores_null(Place place, const FieldAccess& access) const {
        return is_null(tree(place), {access.last + 1, access.last + 2}) && tree(place).word(access.last + 2) == ";";
    }

    // Two plain stores to one field of a number, a call between them, and the first value put back.
    bool is_temporary(Place place, uint32_t index) const {
        const auto& uses = summary(place).uses;
        const FieldUse& use = uses[index];
        bool number = use.field->pointers == 0 && !use.field->is_array;
        if (!number || (use.kind != FieldAction::Flag && use.kind < FieldAction::Write)) {
            return false;
        }
        const FieldAccess& access = body(place).accesses[use.access];
        uint32_t parent = function(place).nodes[access.node].parent;
        for (size_t later = index + 1; later < uses.size(); ++later) {
            const FieldAccess& next = body(place).accesses[uses[later].access];
            bool again = uses[later].field == use.field && uses[later].kind >= FieldAction::Write &&
                         function(place).nodes[next.node].parent == parent && next.node > access.node;
            if (again) {
                return undoes(place, access, next) && calls_between(place, access.last, next.first);
            }
        }
        return false;
    }

    // `+= p ... -= p`, or a store of a value that was read from the field before.
    bool undoes(Place place, const FieldAccess& first, const FieldAccess& second) const {
        std::string_view a = tree(place).word(first.last), b = tree(place).word(second.last);
        if ((a == "+=" && b == "-=") || (a == "-=" && b == "+=") || (a == "++" && b == "--")) {
            return true;
        }
        if (a != "=" || b != "=" || tree(place).word(second.last + 2) != ";") {
            return false;
        }
        auto saved = body(place).assigned.find(tree(place).word(second.last + 1));
        if (saved == body(place).assigned.end()) {
            return false;
        }
        return std::any_of(saved->second.begin(), saved->second.end(), [&](uint32_t a) {
            Range value = body(place).assignments[a].value;
            return value.last <= first.first && value.size() > 2 &&
                   tree(place).word(value.last - 1) == tree(place).word(first.field);
        });
    }

    bool calls_between(Place place, uint32_t from, uint32_t to) const {
        const auto& calls = body(place).calls;
        return std::any_of(calls.begin(), calls.end(), [&](const Call& c) { return c.token > from && c.token < to; });
    }

    bool is_replaced_elsewhere(Place place, const Variable& field) const {
        return !other(effects_.history.at(&field).replacers, place).empty();
    }

    // The name of one of the functions that is not the one at hand.
    std::string_view other(const std::vector<Place>& places, Place than) const {
        for (Place place : places) {
            if (place.file != than.file || place.function != than.function) {
                return function(place).name;
            }
        }
        return {};
    }

    static Hazard hazard_of(const Effect& effect) { return hazard_of(effect.kind, *effect.field); }

    static Hazard hazard_of(FieldAction kind, const Variable& field) {
        if (kind == FieldAction::Read || kind == FieldAction::Address) {
            return Hazard::Read;
        }
        if (kind == FieldAction::Flag) {
            return Hazard::Flag;
        }
        if (kind == FieldAction::Deep) {
            return Hazard::Deep;
        }
        if (field.pointers > 0) {
            return Hazard::Pointer;
        }
        return kind == FieldAction::Update ? Hazard::Update : Hazard::Write;
    }

    void offer(Place place, uint32_t token, const Record* record, const Variable* field, Hazard hazard,
               std::string_view via, bool entered) {
        auto history = effects_.history.find(field);
        if (history == effects_.history.end()) {
            return; // only constructors use it
        }
        bool reads = hazard == Hazard::Read;
        if (reads && history->second.replacers.empty()) {
            return;
        }
        std::string_view changer = other(reads ? history->second.replacers : history->second.changers, place);
        if (reads && changer.empty()) {
            return;
        }
        Exposure exposure{place,
                          token,
                          record,
                          field,
                          hazard,
                          entered,
                          via,
                          changer,
                          history->second.guarded,
                          history->second.unguarded};
        bool worse = worst_.empty() || hazard > worst_.front().hazard ||
                     (hazard == worst_.front().hazard && token < worst_.front().token);
        if (worse) {
            worst_.assign(1, exposure);
        }
    }

    const std::vector<FileFacts>& files_;
    const Types& types_;
    const Effects& effects_;
    std::vector<Exposure> worst_; // of the function at hand, at most one
    std::vector<Exposure> found_;
};

} // namespace

std::vector<Exposure> find_exposures(const std::vector<FileFacts>& files, unsigned threads) {
    std::vector<const Tree*> trees;
    for (const FileFacts& file : files) {
        trees.push_back(file.tree.get());
    }
    Types types(trees);
    Effects effects = find_effects(files, types, threads);
    return ExposureFinder(files, types, effects).run();
}

} // namespace ungil::scan
