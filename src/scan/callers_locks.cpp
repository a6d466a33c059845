#include "scan/locks.hpp"

namespace ungil::scan {
namespace {

// Which functions are only ever called under a lock. All that could be are taken to be at first, so that helpers that
// call each other do not spoil it; then each call without a lock takes its callee away, and what that callee calls.
class CalledUnderFinder {
  public:
    CalledUnderFinder(std::vector<FileFacts>& files, const Names& names) : files_(files), names_(names) {}

    void run() {
        for (FileFacts& file : files_) {
            file.called_under.assign(file.bodies.size(), kNoLock);
        }
        for (uint8_t bit : {kSomeLock, kSomeMutex}) {
            assume(bit);
            withdraw(bit);
            require_a_lock(bit);
        }
        for (FileFacts& file : files_) {
            for (const Body& body : file.bodies) {
                bound_functions(file, body);
            }
        }
    }

  private:
    template <typename Visit>
    void for_each_function(Visit visit) {
        for (uint32_t f = 0; f < files_.size(); ++f) {
            for (uint32_t i = 0; i < files_[f].bodies.size(); ++i) {
                visit(Place{f, i});
            }
        }
    }

    void assume(uint8_t bit) {
        for_each_function([&](Place place) {
            const FileFacts& file = files_[place.file];
            bool called_only = (file.uses[place.function] & (kTable | kAddress | kInitialiser | kFinaliser)) == 0;
            if (called_only && !file.callers[place.function].empty()) {
                files_[place.file].called_under[place.function] |= bit;
            }
        });
    }

    void withdraw(uint8_t bit) {
        std::vector<Place> work;
        for_each_function([&](Place place) {
            if (is_under(place, bit) && !everywhere(place, bit)) {
                drop(place, bit, work);
            }
        });
        while (!work.empty()) {
            Place caller = work.back();
            work.pop_back();
            const Body& body = files_[caller.file].bodies[caller.function];
            for (const Call& call : body.calls) {
                for (Place callee : names_.resolve(caller.file, call.name)) {
                    if (is_under(callee, bit) && !holds(body, call.token, bit)) {
                        drop(callee, bit, work);
                    }
                }
            }
        }
    }

    // Helpers that only call each other are under no lock.
    void require_a_lock(uint8_t bit) {
        std::vector<Place> work;
        std::vector<std::vector<bool>> reached(files_.size());
        for (uint32_t f = 0; f < files_.size(); ++f) {
            reached[f].assign(files_[f].bodies.size(), false);
        }
        auto reach = [&](Place place) {
            if (is_under(place, bit) && !reached[place.file][place.function]) {
                reached[place.file][place.function] = true;
                work.push_back(place);
            }
        };
        for_each_function([&](Place place) {
            for (const CallSite& site : files_[place.file].callers[place.function]) {
                const Body& body = files_[site.caller.file].bodies[site.caller.function];
                if (is_under(place, bit) && holds(body, body.calls[site.call].token, bit)) {
                    return reach(place);
                }
            }
        });
        while (!work.empty()) {
            Place caller = work.back();
            work.pop_back();
            for (const Call& call : files_[caller.file].bodies[caller.function].calls) {
                for (Place callee : names_.resolve(caller.file, call.name)) {
                    reach(callee);
                }
            }
        }
        for_each_function([&](Place place) {
            if (!reached[place.file][place.function]) {
                files_[place.file].called_under[place.function] &= static_cast<uint8_t>(~bit);
            }
        });
    }

    void drop(Place place, uint8_t bit, std::vector<Place>& work) {
        files_[place.file].called_under[place.function] &= static_cast<uint8_t>(~bit);
        work.push_back(place);
    }

    bool is_under(Place place, uint8_t bit) const {
        return (files_[place.file].called_under[place.function] & bit) != 0;
    }

    bool everywhere(Place place, uint8_t bit) const {
        for (const CallSite& site : files_[place.file].callers[place.function]) {
            const Body& body = files_[site.caller.file].bodies[site.caller.function];
            if (!is_under(site.caller, bit) && !holds(body, body.calls[site.call].token, bit)) {
                return false;
            }
        }
        return true;
    }

    static bool holds(const Body& body, uint32_t token, uint8_t bit) {
        for (const Lock& lock : body.locks) {
            if ((bit == kSomeLock || lock.kind == LockKind::Mutex) && lock.holds(token)) {
                return true;
            }
        }
        return false;
    }

    // `.def("add", &Counter::add, nb::lock_self())`: Python calls add() under the lock of its object.
    void bound_functions(const FileFacts& file, const Body& body) {
        for (const Lock& lock : body.locks) {
            for (uint32_t i = lock.operands.first; lock.form == LockForm::Annotation && i < lock.operands.last; ++i) {
                if (file.tree->word(i) == "&" && file.tree->is_name(i + 1)) {
                    bound_function(file, i + 1, lock.operands.last);
                }
            }
        }
    }

    void bound_function(const FileFacts& file, uint32_t name, uint32_t end) {
        while (name + 2 < end && file.tree->word(name + 1) == "::") {
            name += 2;
        }
        for (Place place : names_.resolve(static_cast<uint32_t>(&file - files_.data()), file.tree->word(name))) {
            if (everywhere(place, kSomeLock)) {
                files_[place.file].called_under[place.function] |= kSomeLock;
            }
        }
    }

    std::vector<FileFacts>& files_;
    const Names& names_;
};

} // namespace

void find_locks_of_callers(std::vector<FileFacts>& files, const Names& names) {
    CalledUnderFinder(files, names).run();
}

} // namespace ungil::scan
