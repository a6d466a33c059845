#include "scan/lookups.hpp"

#include <unordered_map>

namespace ungil::scan {
namespace {

bool counts(std::string_view name) {
    return name == "Py_INCREF" || name == "Py_XINCREF" || name == "Py_NewRef" || name == "Py_XNewRef" ||
           name == "inc_ref";
}

// `std::unordered_map::find`, `upb_inttable_lookup`, `HashTable_Search`; never a call of the C API, whose tables are its
// own affair.
bool searches(const Call& call) {
    if (call.name.substr(0, 2) == "Py" || call.name.substr(0, 3) == "_Py") {
        return false;
    }
    if (call.member) {
        return call.name == "find" || call.name == "equal_range" || call.name == "lower_bound";
    }
    for (std::string_view word : {"lookup", "Lookup", "LOOKUP", "_search", "Search", "_find", "Find"}) {
        if (call.name.find(word) != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

// Follows what a search finds from variable to variable, once through the function in source order.
class LookupFinder {
  public:
    LookupFinder(const Tree& tree, const Body& body) : tree_(tree), body_(body) {}

    std::vector<Lookup> run() {
        size_t next = 0;
        for (uint32_t c = 0; c < body_.calls.size(); ++c) {
            const Call& call = body_.calls[c];
            for (; next < body_.assignments.size() && body_.assignments[next].token < call.token; ++next) {
                pass_on(body_.assignments[next]);
            }
            if (searches(call)) {
                mark_results(call);
            } else if (counts(call.name)) {
                count(c, call);
            }
        }
        return std::move(found_);
    }

  private:
    // `lookup(&table, key, &value)` fills value.
    void mark_results(const Call& call) {
        for (uint32_t i = call.arguments.first + 1; i + 1 < call.arguments.last; ++i) {
            bool last = tree_.word(i + 2) == "," || i + 2 == call.arguments.last;
            if (tree_.word(i) == "&" && tree_.word(i - 1) == "," && tree_.is_name(i + 1) && last) {
                origin_.emplace(tree_.word(i + 1), call.token);
            }
        }
    }

    // `it = map.find(key)`, `entry = it->second`, `object = value_of(entry)`.
    void pass_on(const Assignment& assignment) {
        if (assignment.member || origin_.count(assignment.target) != 0) {
            return;
        }
        uint32_t search = found_in(assignment.value, true);
        if (search != 0) {
            origin_.emplace(assignment.target, search);
        }
    }

    uint32_t found_in(Range range, bool also_search) const {
        uint32_t last = std::min(range.last, range.first + kLongest);
        for (uint32_t i = range.first; i < last; ++i) {
            if (!tree_.is_name(i)) {
                continue;
            }
            bool member = i > 0 && (tree_.word(i - 1) == "." || tree_.word(i - 1) == "->");
            if (auto known = origin_.find(tree_.word(i)); !member && known != origin_.end()) {
                return known->second;
            }
            if (also_search && tree_.word(i + 1) == "(" && searches({tree_.word(i), i, {}, 0, member})) {
                return i;
            }
        }
        return 0;
    }

    void count(uint32_t index, const Call& call) {
        Range what = call.arguments;
        if (call.name == "inc_ref") { // `handle(found).inc_ref()`
            what = {expression_start(tree_, call.token - 1, 0), call.token - 1};
        }
        uint32_t search = found_in(what, false);
        if (search != 0) {
            found_.push_back({index, search});
        }
    }

    static constexpr uint32_t kLongest = 64; // tokens of one expression that are looked at

    const Tree& tree_;
    const Body& body_;
    std::unordered_map<std::string_view, uint32_t> origin_; // of a variable, the search that found what it holds
    std::vector<Lookup> found_;
};

} // namespace

std::vector<Lookup> find_lookups(const Tree& tree, const Body& body) {
    return LookupFinder(tree, body).run();
}

} // namespace ungil::scan
