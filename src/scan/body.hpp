#pragma once

#include "scan/field_accesses.hpp"
#include "scan/members.hpp"
#include "scan/syntax.hpp"

#include <algorithm>
#include <string>

namespace ungil::scan {

struct Call {
    std::string_view name; // the last name: `obj->f(x)` and `ns::f(x)` call f
    uint32_t token;        // of the name
    Range arguments;       // between the parentheses
    uint32_t node;         // the statement
    bool member;           // called through an object: `x.f()`, `x->f()`
};

// `target = value`; `a->b = value` has target b and is a member.
struct Assignment {
    std::string_view target;
    uint32_t token; // of the target's last name
    Range value;
    uint32_t node;
    bool member; // a field or an array element, not the variable itself
};

// Which way a critical section or a mutex is held.
enum class LockKind : uint8_t { CriticalSection, Mutex };
enum class LockForm : uint8_t { Macro, Calls, Guard, Annotation };

struct Lock {
    LockKind kind;
    LockForm form;
    Range operands;       // what is locked; empty when a macro or function names it
    uint32_t token;       // of the macro, call or guard that takes it
    uint32_t node;        // its statement
    std::string name;     // what is locked, without casts, parentheses and `&`, seen through macros: `self->mutex`
    bool tries = false;   // it may fail: a trylock
    bool guessed = false; // known by its name alone: `x_lock()` with an `x_unlock()` after it
    std::vector<Range> spans{}; // the tokens at which it is held, in source order
    bool released = false;      // an end was found; without one nothing is known about its extent

    bool holds(uint32_t at) const {
        auto after = std::upper_bound(spans.begin(), spans.end(), at, [](uint32_t t, Range s) { return t < s.first; });
        return after != spans.begin() && (after - 1)->contains(at);
    }
};

// A way out of a critical section that skips its end, or past the release of a mutex.
struct Exit {
    uint32_t token;
    uint32_t lock; // index into Body::locks
};

// `if (cache == NULL) cache = make();` on a variable with static storage.
struct LazyFill {
    const Variable* variable;
    uint32_t test;       // token of the variable where it is compared
    uint32_t assignment; // token of the variable where it is set
};

// Where the thread has no attached thread state: Python may not be touched there.
enum class RegionForm : uint8_t { Macro, Calls, Guard, Thread };

struct Region {
    RegionForm form;
    uint32_t token;      // that detaches
    uint32_t last;       // where it was last seen open
    bool certain = true; // no condition decides whether the thread is detached
    bool ended = false;  // something reattaches
};

// What one function says about the thread state, token by token.
struct ThreadStates {
    struct Span {
        Range tokens;
        uint32_t region; // index into regions; of no meaning for a span that is attached
    };
    struct Leave {
        uint32_t token; // `return` and its kin
        uint32_t region;
    };

    std::vector<Region> regions;
    std::vector<Span> detached; // in source order, disjoint
    std::vector<Span> attached; // where the function itself has attached the thread
    std::vector<Leave> leaves;  // ways out of a region that skip its end

    static const Span* at(const std::vector<Span>& spans, uint32_t token) {
        auto after = std::upper_bound(spans.begin(), spans.end(), token,
                                      [](uint32_t t, const Span& s) { return t < s.tokens.first; });
        return after != spans.begin() && (after - 1)->tokens.contains(token) ? &*(after - 1) : nullptr;
    }
};

// A variable that is passed to a call: `PyList_Append(other, list)` hands list over as argument 1.
struct HandOver {
    uint32_t call; // index into Body::calls
    uint32_t argument;
    bool by_address; // `&list`
};

// What a function does, statement by statement.
struct Body {
    std::vector<Call> calls;
    std::vector<Assignment> assignments;
    std::vector<Variable> locals;
    std::vector<Lock> locks;
    std::vector<Exit> exits;
    std::vector<LazyFill> lazy_fills;
    std::vector<FieldAccess> accesses;
    ThreadStates states;
    std::vector<Member> members; // of the interpreter's structs
    // By the name of a variable: the calls that get it, and the assignments that give it a value or pass its value on.
    std::unordered_map<std::string_view, std::vector<HandOver>> handed;
    std::unordered_map<std::string_view, std::vector<uint32_t>> assigned;
    std::unordered_map<std::string_view, std::vector<uint32_t>> passed_on;
};

Body read_body(const Tree& tree, const Function& function);

// The steps of read_body, in order. Locks and exits come later (locks.hpp): they need the macros of all files.
void index_variables(const Tree& tree, Body& body);
void find_lazy_fills(const Tree& tree, const Function& function, Body& body);

// `(PyObject *)(x)` and `(x)` mean x.
Range strip_casts(const Tree& tree, Range range);

// NULL, nullptr or 0, which mean "nothing here yet"; not Py_None.
bool is_null(const Tree& tree, Range value);

// Is the call's result compared or taken as a condition on the spot, and nothing else done with it? `if (!f(x))`, `f(x) == y`.
bool is_only_tested(const Tree& tree, const Call& call);

// Is the call a statement of its own, whose result nobody looks at? `(void)f()` says so and is none.
bool is_statement(const Tree& tree, const Function& function, const Call& call);

const Variable* find_variable(const std::vector<Variable>& variables, std::string_view name);

} // namespace ungil::scan
