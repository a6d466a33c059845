#pragma once

#include "scan/preprocessor.hpp"

#include <memory>

namespace ungil::scan {

enum class NodeKind : uint8_t {
    Block,
    If,
    Else,
    Loop,
    Switch,
    Try, // also a catch clause
    Label,
    Return,
    Goto,
    Break,
    Continue,
    Throw,
    Declaration,
    Expression,
};

// A statement. The nodes of a function stand in one vector in source order; the subtree of node i is [i, end).
struct Node {
    NodeKind kind;
    uint32_t end = 0;    // one past the last node of the subtree
    uint32_t parent = 0; // the enclosing node; the function's outermost block is its own parent
    Range tokens;        // its own expression, condition or declaration; never those of its subtree
};

enum class Storage : uint8_t { Automatic, Static, ThreadLocal, Extern };

// A variable as declared: `static PyObject *cache = NULL` is {type "PyObject", pointers 1, name "cache"}.
struct Variable {
    std::string_view name;
    std::string_view type; // the last name of the type: `struct module_state` gives "module_state"
    Storage storage = Storage::Automatic;
    uint8_t pointers = 0;
    bool is_const = false;
    bool is_array = false;
    bool is_mutable = false; // a member that const methods may write
    Range specifiers;        // the tokens before the name
    Range initializer;       // after `=`, or the brace or parenthesis itself
    uint32_t token = 0;      // of the name
};

struct Parameter {
    std::string_view name;
    std::string_view type;
};

struct Function {
    std::string_view name;
    std::string_view scope;  // the class that encloses it, or that qualifies its name
    bool is_static = false;  // internal linkage
    uint32_t name_token = 0; // of `~Class` the class
    Range head;              // from the first specifier to the opening brace
    std::vector<Parameter> parameters;
    Range body; // between the braces
    std::vector<Node> nodes;
};

// A struct, union or class with a body: `typedef struct tag { ... } Name;` has both names.
struct Record {
    std::string_view name;               // the tag or the class; empty for an anonymous struct
    std::string_view alias;              // the name that a typedef gives it, or empty
    std::vector<std::string_view> bases; // of a class, without templates' arguments
    std::vector<Variable> fields;        // data members in order; function statics and methods are not among them
    bool has_object_head = false;        // PyObject_HEAD and its kin: Python sees instances as objects
    uint32_t token = 0;                  // of its name, or of its brace
};

// What the parser finds in one file. Everything points into `text` or `code`, so a tree never moves.
struct Tree {
    Text text;
    Language language;
    std::vector<Comment> comments;
    Preprocessed code;
    std::vector<Function> functions;
    std::vector<Variable> globals;
    std::vector<Record> records;
    uint32_t unterminated = 0;
    uint32_t unclear_tokens = 0; // inside those braces
    uint32_t unclear = 0;        // braces at file scope that were neither a function, a type nor an initializer

    std::string_view word(uint32_t index) const {
        return index < code.tokens.size() ? text.at(code.tokens[index]) : std::string_view();
    }
    TokenKind kind(uint32_t index) const {
        return index < code.tokens.size() ? code.tokens[index].kind : TokenKind::Punctuator;
    }
    // The character of a punctuator of one character; 0 for any other token.
    char punctuator(uint32_t index) const {
        if (index >= code.tokens.size()) {
            return 0;
        }
        Token token = code.tokens[index];
        return token.kind == TokenKind::Punctuator && token.length == 1 ? text.all()[token.offset] : '\0';
    }
    bool is_name(uint32_t index) const { return index < code.tokens.size() && kind(index) == TokenKind::Identifier; }
    // One past the bracket that closes the one at `index`; one past `index` itself if nothing closes it.
    uint32_t after(uint32_t index) const { return std::max(code.partner[index], index) + 1; }
    // A keyword of the tree's language: `new` is a fine name in C.
    bool is_keyword(std::string_view word) const;
    Position position(uint32_t index) const;
    // The source as it stands from one token to another, continuations and comments included.
    std::string_view source(Range range) const;
};

std::shared_ptr<const Tree> parse(std::string bytes, Language language);

} // namespace ungil::scan
