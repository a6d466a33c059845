#include "scan/members.hpp"

#include "scan/body.hpp"

#include <unordered_set>

namespace ungil::scan {
namespace {

// The type in `((T *)x)`, whose range shrinks to x; nothing if there is no cast.
std::string_view strip_cast(const Tree& tree, Range& owner) {
    Range inner = owner;
    while (inner.size() > 2 && tree.word(inner.first) == "(" && tree.after(inner.first) == inner.last) {
        inner = {inner.first + 1, inner.last - 1};
    }
    bool cast = inner.size() > 3 && tree.word(inner.first) == "(" && tree.after(inner.first) < inner.last &&
                strip_casts(tree, inner).first != inner.first;
    if (!cast) {
        return {};
    }
    uint32_t close = tree.after(inner.first) - 1;
    while (close > inner.first + 1 && !tree.is_name(close - 1)) {
        --close;
    }
    owner = strip_casts(tree, inner);
    return tree.word(close - 1);
}

std::string_view declared_type(const Tree& tree, const Function& function, const std::vector<Variable>& locals,
                               std::string_view name) {
    if (const Variable* local = find_variable(locals, name)) {
        return local->type;
    }
    for (const Parameter& parameter : function.parameters) {
        if (parameter.name == name) {
            return parameter.type;
        }
    }
    const Variable* global = find_variable(tree.globals, name);
    return global != nullptr ? global->type : std::string_view();
}

bool is_written(const Tree& tree, uint32_t first, uint32_t after) {
    static const std::unordered_set<std::string_view> writes{
        "=", "+=", "-=", "|=", "&=", "^=", "++", "--", "*=", "<<=", ">>=", "/="};
    static const std::unordered_set<std::string_view> prefixes{"++", "--"};
    while (tree.word(after) == "[") {
        after = tree.after(after);
    }
    std::string_view before = first > 0 ? tree.word(first - 1) : std::string_view();
    return writes.count(tree.word(after)) != 0 || prefixes.count(before) != 0;
}

bool is_address(const Tree& tree, uint32_t first) {
    bool ampersand = first > 1 && tree.word(first - 1) == "&";
    return ampersand && !tree.is_name(first - 2) && tree.word(first - 2) != ")";
}

} // namespace

uint32_t expression_start(const Tree& tree, uint32_t end, uint32_t limit) {
    uint32_t at = end;
    while (at > limit) {
        std::string_view last = tree.word(at - 1);
        if (last == ")" || last == "]") {
            uint32_t open = tree.code.partner[at - 1];
            if (open >= at - 1 || open < limit) {
                return at;
            }
            at = open;
            bool called = at > limit && (tree.is_name(at - 1) || tree.word(at - 1) == ")");
            if (called && !tree.is_keyword(tree.word(at - 1))) {
                continue;
            }
        } else if (tree.is_name(at - 1)) {
            --at;
        } else {
            return at;
        }
        std::string_view before = at > limit ? tree.word(at - 1) : std::string_view();
        if (before != "->" && before != ".") {
            return at;
        }
        --at;
    }
    return at;
}

bool is_interpreter_member(std::string_view name) {
    static const std::unordered_set<std::string_view> members{
        "ob_refcnt",      "ob_refcnt_full", "ob_ref_local",  "ob_ref_shared", "ob_tid",
        "ob_mutex",       "ob_gc_bits",     "ob_item",       "ob_size",       "ob_type",
        "ob_base",        "ob_start",       "ob_bytes",      "ob_alloc",      "ob_exports",
        "ob_shash",       "allocated",      "ma_used",       "ma_keys",       "ma_values",
        "ma_version_tag", "tp_dict",        "tp_subclasses", "tp_cache",      "tp_weaklist",
        "utf8",           "utf8_length",    "hash",          "state",         "wstr",
        "wstr_length",    "_base",          "wr_object",     "wr_callback",   "gc",
        "gc_next",        "gc_prev",        "_gc_next",      "_gc_prev",      "gc_refs",
        "func_code",      "func_globals",   "func_defaults", "func_dict",     "func_kwdefaults",
        "fillused",       "used",           "cell_contents", "tp_call",       "tp_new",
        "tp_init",        "tp_flags",       "tp_getattro",   "tp_setattro",   "tp_richcompare",
        "tp_hash",        "tp_iter",        "tp_iternext",   "tp_descr_get",  "tp_descr_set",
        "tp_base",        "tp_bases",       "tp_mro"};
    // Not names that a project's own structs have as often: `length`, `data`, `table`.
    return members.count(name) != 0;
}

MemberUse describe_member(const Tree& tree, const Function& function, const std::vector<Variable>& locals,
                          const Member& member) {
    uint32_t first = expression_start(tree, member.token - 1, function.body.first);
    Range owner{first, member.token - 1};
    MemberUse use{owner, strip_cast(tree, owner), is_written(tree, first, member.token + 1), is_address(tree, first)};
    use.owner = owner;
    if (use.type.empty() && owner.size() == 1) {
        use.type = declared_type(tree, function, locals, tree.word(owner.first));
    }
    return use;
}

} // namespace ungil::scan
