#include "scan/effects.hpp"

#include "scan/declarator.hpp"
#include "scan/field_uses.hpp"
#include "scan/parallel.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

constexpr size_t kMostEffects = 32; // of one function; it keeps the fixpoint linear
constexpr size_t kMostChangers = 4; // enough to name one other than the function at hand
constexpr int32_t kMostParameters = 32;

// A call of a project's function: whether it is made under a lock, and where its arguments come from.
struct Given {
    bool locked;
    std::vector<Owner> arguments;
};

bool changes(FieldAction kind) {
    return kind >= FieldAction::Deep;
}

bool replaces(FieldAction kind, const Variable& field) {
    return field.pointers > 0 && kind >= FieldAction::Write;
}

void note(std::vector<Place>& places, Place place) {
    auto same = [&](Place p) { return p.file == place.file && p.function == place.function; };
    if (places.size() < kMostChangers && std::none_of(places.begin(), places.end(), same)) {
        places.push_back(place);
    }
}

class EffectFinder {
  public:
    EffectFinder(const std::vector<FileFacts>& files, const Types& types, unsigned threads)
        : files_(files), types_(types), result_{per_function<Summary>(files), find_reach(files), {}},
          given_(per_function<std::vector<Given>>(files)) {
        parallel_for(files.size(), threads, [&](size_t f) { read(static_cast<uint32_t>(f)); });
    }

    Effects run() {
        spread_sharing();
        collect_history();
        collect_effects();
        return std::move(result_);
    }

  private:
    Summary& summary(Place place) { return result_.summaries[place.file][place.function]; }
    uint8_t reach(Place place) const { return result_.reach[place.file][place.function]; }
    const Tree& tree(Place place) const { return *files_[place.file].tree; }
    const Function& function(Place place) const { return tree(place).functions[place.function]; }

    template <typename Visit>
    void for_each(Visit visit) {
        for (uint32_t f = 0; f < files_.size(); ++f) {
            for (uint32_t i = 0; i < files_[f].bodies.size(); ++i) {
                visit(Place{f, i});
            }
        }
    }

    // What one file knows by itself, read beside the others.
    void read(uint32_t f) {
        const FileFacts& file = files_[f];
        for (uint32_t i = 0; i < file.bodies.size(); ++i) {
            result_.summaries[f][i].uses = find_field_uses(types_, *file.tree, file.tree->functions[i], file.bodies[i]);
            for (const CallSite& site : file.callers[i]) {
                given_[f][i].push_back(given(site));
            }
        }
    }

    Given given(const CallSite& site) const {
        const FileFacts& file = files_[site.caller.file];
        const Body& body = file.bodies[site.caller.function];
        const Call& call = body.calls[site.call];
        const Function& caller = file.tree->functions[site.caller.function];
        Given result{is_locked(caller, body, call.token), {}};
        Owners owners(*file.tree, caller, body);
        for (Range argument : split(*file.tree, call.arguments, ",")) {
            result.arguments.push_back(owners.of(argument));
        }
        return result;
    }

    // Down the calls: which parameters may be objects that other threads have too?
    void spread_sharing() {
        std::vector<Place> work;
        for_each([&](Place place) {
            uint16_t uses = files_[place.file].uses[place.function];
            if (is_entered(files_[place.file], place.function)) {
                summary(place).shared = UINT32_MAX;
                work.push_back(place);
            } else if ((uses & kReinitialiser) != 0) {
                summary(place).initialised = 1;
                work.push_back(place);
            } else if (reach(place) != kUnreached) {
                work.push_back(place);
            }
        });
        auto callees = callees_of();
        while (!work.empty()) { // a function comes back only when one of its bits was added
            Place caller = work.back();
            work.pop_back();
            for (auto [callee, site] : callees[caller.file][caller.function]) {
                if (share(caller, callee, given_[callee.file][callee.function][site])) {
                    work.push_back(callee);
                }
            }
        }
    }

    PerFunction<std::vector<std::pair<Place, uint32_t>>> callees_of() {
        auto result = per_function<std::vector<std::pair<Place, uint32_t>>>(files_);
        for_each([&](Place callee) {
            const auto& sites = files_[callee.file].callers[callee.function];
            for (uint32_t s = 0; s < sites.size(); ++s) {
                result[sites[s].caller.file][sites[s].caller.function].push_back({callee, s});
            }
        });
        return result;
    }

    bool share(Place caller, Place callee, const Given& given) {
        uint32_t shared = 0, adopted = 0, initialised = 0;
        for (size_t i = 0; i < given.arguments.size() && i < kMostParameters && !given.locked; ++i) {
            const Owner& owner = given.arguments[i];
            uint32_t bit = 1U << i;
            if (owner.birth == Birth::Parameter) {
                bool from_caller = has(summary(caller).shared, owner);
                shared |= from_caller ? bit : 0;
                adopted |= from_caller && !owner.field.empty() ? bit : 0;
                initialised |= has(summary(caller).initialised, owner) ? bit : 0;
            } else if (owner.birth == Birth::Shared && (reach(caller) & kAtRunTime) != 0) {
                shared |= bit;
                adopted |= bit;
            }
        }
        Summary& there = summary(callee);
        bool more = ((shared & ~there.shared) | (adopted & ~there.adopted) | (initialised & ~there.initialised)) != 0;
        there.shared |= shared;
        there.adopted |= adopted;
        there.initialised |= initialised;
        return more;
    }

    static bool has(uint32_t bits, const Owner& owner) {
        return owner.parameter < kMostParameters && ((bits >> owner.parameter) & 1U) != 0;
    }

    void collect_history() {
        for_each([&](Place place) {
            if ((reach(place) & kAtRunTime) == 0) {
                return;
            }
            for (const FieldUse& use : summary(place).uses) {
                if (is_private(place, use.owner)) {
                    continue;
                }
                FieldHistory& history = result_.history[use.field];
                (use.locked ? history.guarded : history.unguarded) += 1;
                note_change(history, use, place);
            }
        });
    }

    // Every caller made the object that it hands over.
    bool is_private(Place place, const Owner& owner) {
        return owner.birth == Birth::Parameter && !has(summary(place).shared, owner);
    }

    // What another object's field holds may be that object's own: changing it says little about all objects of the type.
    void note_change(FieldHistory& history, const FieldUse& use, Place place) {
        if (use.held) {
            return;
        }
        if (changes(use.kind)) {
            note(history.changers, place);
        }
        if (replaces(use.kind, *use.field)) {
            note(history.replacers, place);
        }
    }

    // Up the calls: what does calling a function do to the objects that it is given?
    void collect_effects() {
        std::vector<Place> work;
        for_each([&](Place place) {
            for (const FieldUse& use : summary(place).uses) {
                own_effect(place, use);
            }
            if (!summary(place).effects.empty()) {
                work.push_back(place);
            }
        });
        while (!work.empty()) { // a function comes back only when an effect was added, and has at most kMostEffects
            Place callee = work.back();
            work.pop_back();
            const auto& sites = files_[callee.file].callers[callee.function];
            for (uint32_t s = 0; s < sites.size(); ++s) {
                const Given& given = given_[callee.file][callee.function][s];
                bool alone = given.locked || files_[sites[s].caller.file].only_initialises[sites[s].caller.function];
                if (!alone && pass_up(callee, sites[s], given)) {
                    work.push_back(sites[s].caller);
                }
            }
        }
    }

    void own_effect(Place place, const FieldUse& use) {
        bool matters = changes(use.kind) || use.kind == FieldAction::Flag ||
                       (use.kind == FieldAction::Read && is_raw_pointer(place, *use.field));
        if (!matters || use.locked || use.owner.birth != Birth::Parameter) {
            return;
        }
        uint32_t token = files_[place.file].bodies[place.function].accesses[use.access].field;
        Effect effect{use.owner.parameter, use.record, use.field, use.kind, token, {}};
        if (use.owner.field.empty() || through(place, use.owner, effect)) {
            add(place, effect);
        }
    }

    // What is done to that which a parameter's field points to, is done to the parameter's object.
    bool through(Place place, const Owner& owner, Effect& effect) {
        const auto& parameters = function(place).parameters;
        const Record* record = types_.find(tree(place), parameters[static_cast<size_t>(owner.parameter)].type);
        const Variable* field = record == nullptr ? nullptr : Types::field(*record, owner.field);
        bool other_object = field != nullptr && holds_object(types_, tree(place), *field);
        if (field == nullptr || other_object) {
            return field != nullptr; // an object of its own keeps its own type
        }
        effect.record = record;
        effect.field = field;
        effect.kind = changes(effect.kind) ? FieldAction::Deep : FieldAction::Read;
        if (effect.kind == FieldAction::Deep && (reach(place) & kAtRunTime) != 0) {
            note(result_.history[field].changers, place);
        }
        return true;
    }

    bool is_raw_pointer(Place place, const Variable& field) const {
        return field.pointers > 0 && !holds_object(types_, tree(place), field);
    }

    bool add(Place place, const Effect& effect) {
        auto& effects = summary(place).effects;
        for (Effect& known : effects) {
            if (known.parameter == effect.parameter && known.field == effect.field) {
                bool worse = effect.kind > known.kind;
                known = worse ? effect : known;
                return worse;
            }
        }
        if (effects.size() == kMostEffects) {
            return false;
        }
        effects.push_back(effect);
        return true;
    }

    bool pass_up(Place callee, const CallSite& site, const Given& given) {
        bool added = false;
        uint32_t token = files_[site.caller.file].bodies[site.caller.function].calls[site.call].token;
        std::vector<Effect> effects = summary(callee).effects; // a recursive function adds to its own
        for (Effect effect : effects) {
            if (static_cast<size_t>(effect.parameter) >= given.arguments.size()) {
                continue;
            }
            const Owner& owner = given.arguments[static_cast<size_t>(effect.parameter)];
            if (owner.birth != Birth::Parameter) {
                continue;
            }
            effect.parameter = owner.parameter;
            effect.token = token;
            effect.via = function(callee).name;
            if (owner.field.empty() || through(site.caller, owner, effect)) {
                added |= add(site.caller, effect);
            }
        }
        return added;
    }

    const std::vector<FileFacts>& files_;
    const Types& types_;
    Effects result_;
    PerFunction<std::vector<Given>> given_; // one for each of FileFacts::callers
};

} // namespace

Effects find_effects(const std::vector<FileFacts>& files, const Types& types, unsigned threads) {
    return EffectFinder(files, types, threads).run();
}

} // namespace ungil::scan
