#include "scan/regions.hpp"

namespace ungil::scan {
namespace {

constexpr size_t kMostNested = 8;    // changes of state within changes of state
constexpr size_t kMostLeaves = 64;   // recorded in one function

// Is the brace at `open` the body of a lambda: `[...] {`, `[...](...) mutable -> T {`?
bool is_lambda(const Tree& tree, uint32_t open) {
    for (uint32_t i = open, steps = 0; i-- > 0 && steps < 12; ++steps) {
        std::string_view word = tree.word(i);
        if (word == ")") {
            uint32_t parenthesis = tree.code.partner[i];
            return parenthesis > 0 && parenthesis < i && tree.word(parenthesis - 1) == "]";
        }
        if (word == "]") {
            return true;
        }
        if (!tree.is_name(i) && word != "->" && word != "::" && word != "*" && word != "&" && word != "<" &&
            word != ">") {
            return false;
        }
    }
    return false;
}

// Walks the tokens of one function with the state that the thread is in.
class StateWalk {
  public:
    StateWalk(const Tree& tree, const Function& function, const std::vector<StateEvent>& events,
              const std::vector<uint32_t>& detached_lambdas, ThreadStates& out)
        : tree_(tree), body_(function.body), events_(events), lambdas_(detached_lambdas), out_(out) {}

    void run() {
        since_ = statement_ = body_.first;
        auto event = events_.begin();
        for (at_ = body_.first; at_ < body_.last; ++at_) {
            if (event != events_.end() && event->token == at_) {
                handle(*event++);
            } else if (tree_.is_name(at_)) {
                name();
            } else {
                punctuator();
            }
            while (event != events_.end() && event->token < at_) {
                ++event; // passed over with the arguments of a macro
            }
        }
        flush(body_.last);
        settle();
    }

  private:
    enum class Kind : uint8_t { Detached, Attached, Restored };

    struct Frame {
        Kind kind;
        bool guard;
        bool macro;
        uint32_t region;
        uint32_t depth; // how many braces were open
    };
    struct Frames {
        std::array<Frame, kMostNested> items;
        size_t count = 0;

        const Frame* top() const { return count == 0 ? nullptr : &items[count - 1]; }
    };
    struct Scope {
        Frames before;
        bool lambda;
    };
    struct Candidate {
        uint32_t token;
        uint32_t region;
    };

    bool is_detached() const { return frames_.top() != nullptr && frames_.top()->kind == Kind::Detached; }

    void flush(uint32_t until) {
        const Frame* top = frames_.top();
        if (top != nullptr && since_ < until) {
            auto& spans = top->kind == Kind::Detached ? out_.detached : out_.attached;
            spans.push_back({{since_, until}, top->region});
        }
        for (size_t i = 0; i < frames_.count; ++i) {
            if (frames_.items[i].kind == Kind::Detached) {
                out_.regions[frames_.items[i].region].last = until;
            }
        }
        since_ = until;
    }

    void push(Kind kind, bool guard, bool macro, uint32_t region) {
        if (frames_.count < kMostNested) {
            frames_.items[frames_.count++] = {kind, guard, macro, region, static_cast<uint32_t>(scopes_.size())};
        }
    }

    void pop() {
        const Frame& top = frames_.items[--frames_.count];
        if (top.kind == Kind::Detached) {
            out_.regions[top.region].ended = true;
        }
    }

    void detach(RegionForm form, bool conditional) {
        auto region = static_cast<uint32_t>(out_.regions.size());
        out_.regions.push_back({form, at_, at_, !conditional, false});
        push(Kind::Detached, form == RegionForm::Guard || form == RegionForm::Thread, form == RegionForm::Macro,
             region);
    }

    void handle(const StateEvent& event) {
        bool conditional = event.verb.conditional || tree_.word(statement_) == "if" || tree_.word(statement_) == "else";
        if (event.verb.step == Step::Around) {
            return around(conditional);
        }
        flush(at_);
        change(event.verb, conditional);
        if (tree_.word(at_ + 1) != "(") {
            statement_ = at_ + 1; // the macros of the API are statements that need no semicolon
        }
    }

    void change(StateVerb verb, bool conditional) {
        switch (verb.step) {
        case Step::Detach:
            return start(verb, conditional);
        case Step::Reattach:
            return restore();
        case Step::Ensure:
            return push(Kind::Attached, false, false, 0);
        case Step::Release:
            return frames_.count > 0 && frames_.top()->kind == Kind::Attached ? pop() : void();
        case Step::DetachGuard:
            return tree_.is_name(at_ + 1) ? detach(RegionForm::Guard, conditional) : void();
        case Step::AttachGuard:
            return tree_.is_name(at_ + 1) ? push(Kind::Attached, true, false, 0) : void();
        default:
            return;
        }
    }

    // A function that attaches before it has detached was entered detached: what detaches next ends that stretch.
    void restore() {
        if (is_detached() && !frames_.top()->guard) {
            pop();
        } else if (out_.regions.empty()) {
            push(Kind::Restored, false, false, 0);
        }
    }

    // Nobody detaches twice: another begin in a region belongs to a path of its own, and they share their end.
    void start(StateVerb verb, bool conditional) {
        if (frames_.count > 0 && frames_.top()->kind == Kind::Restored) {
            --frames_.count;
            return;
        }
        if (is_detached() && !frames_.top()->guard) {
            out_.regions[frames_.top()->region].certain = false;
            return;
        }
        saved_ = at_ >= body_.first + 2 && tree_.word(at_ - 1) == "=" ? tree_.word(at_ - 2) : "_save";
        detach(verb.macro ? RegionForm::Macro : RegionForm::Calls, conditional);
    }

    // NOGIL(result = work())
    void around(bool conditional) {
        if (tree_.word(at_ + 1) != "(" || is_detached()) {
            return;
        }
        flush(at_);
        uint32_t after = std::min(tree_.after(at_ + 1), body_.last);
        auto region = static_cast<uint32_t>(out_.regions.size());
        out_.regions.push_back({RegionForm::Macro, at_, after, !conditional, true});
        out_.detached.push_back({{at_ + 2, std::max(after, at_ + 3) - 1}, region});
        at_ = after - 1;
        since_ = after;
    }

    void name() {
        if (tree_.word(at_) == "goto" && jumps_.size() < kMostLeaves) {
            jumps_.try_emplace(tree_.word(at_ + 1), frames_);
        }
        if (!is_detached()) {
            return;
        }
        const Frame& top = *frames_.top();
        if (!top.guard && tree_.word(at_) == saved_) {
            out_.regions[top.region].certain = false; // tested, or handed to a helper that may attach
        }
        if (!top.guard && lambdas_open_ == 0 && leaves_function(tree_.word(at_))) {
            if (candidates_.size() < kMostLeaves) {
                candidates_.push_back({at_, top.region});
            }
        }
    }

    bool leaves_function(std::string_view word) const {
        if (word == "return" || word == "goto" || word.substr(0, 10) == "Py_RETURN_") {
            return true;
        }
        auto macro = tree_.code.macros.find(word);
        return macro != tree_.code.macros.end() && macro->second.returns;
    }

    void punctuator() {
        std::string_view word = tree_.word(at_);
        if (word == ";") {
            finished_ = statement_;
            statement_ = at_ + 1;
        } else if (word == "{") {
            open();
        } else if (word == "}") {
            close();
        } else if (word == ":" && at_ > body_.first && at_ - 1 == statement_ && tree_.is_name(statement_)) {
            label();
        }
    }

    // Behind a `return`, a label is reached from its first goto, with the state that held there.
    void label() {
        auto from = jumps_.find(tree_.word(statement_));
        if (is_jump(tree_.word(finished_)) && from != jumps_.end()) {
            flush(at_);
            frames_ = from->second;
            for (size_t i = 0; i < frames_.count; ++i) {
                frames_.items[i].depth = std::min(frames_.items[i].depth, static_cast<uint32_t>(scopes_.size()));
            }
        }
        statement_ = at_ + 1;
    }

    void open() {
        bool lambda = (frames_.count > 0 || !lambdas_.empty()) && is_lambda(tree_, at_);
        scopes_.push_back({frames_, lambda});
        lambdas_open_ += lambda;
        if (std::binary_search(lambdas_.begin(), lambdas_.end(), at_)) {
            flush(at_);
            detach(RegionForm::Thread, false);
        }
        statement_ = at_ + 1;
        finished_ = at_;
    }

    void close() {
        bool leaves = is_jump(tree_.word(statement_ == at_ ? finished_ : statement_));
        statement_ = at_ + 1;
        finished_ = at_;
        if (scopes_.empty()) {
            return;
        }
        Scope scope = scopes_.back();
        if (scope.lambda || leaves) {
            flush(at_);
            frames_ = scope.before;
        } else {
            leave_block();
        }
        lambdas_open_ -= scope.lambda;
        scopes_.pop_back();
    }

    static bool is_jump(std::string_view word) {
        return word == "return" || word == "goto" || word == "break" || word == "continue" || word == "throw" ||
               word.substr(0, 10) == "Py_RETURN_";
    }

    // A guard ends with its block, and so does what a macro began; a call's effect outlives the block, on one path.
    void leave_block() {
        if (frames_.count > 0 && frames_.top()->depth >= scopes_.size()) {
            flush(at_);
        }
        while (frames_.count > 0 && frames_.top()->depth >= scopes_.size()) {
            Frame& top = frames_.items[frames_.count - 1];
            if (top.kind == Kind::Detached && !top.guard) {
                out_.regions[top.region].certain = false;
            }
            if (!top.guard && !top.macro) {
                top.depth = static_cast<uint32_t>(scopes_.size()) - 1;
                return;
            }
            --frames_.count;
        }
    }

    // Leaving a region that nothing ends is how a function is made that detaches for its caller.
    void settle() {
        for (Region& region : out_.regions) {
            region.ended |= region.form == RegionForm::Guard || region.form == RegionForm::Thread;
            region.certain &= region.ended;
        }
        for (Candidate leave : candidates_) {
            const Region& region = out_.regions[leave.region];
            if (region.certain && !(tree_.word(leave.token) == "goto" && stays(leave.token + 1))) {
                out_.leaves.push_back({leave.token, leave.region});
            }
        }
    }

    // Is the label still detached?
    bool stays(uint32_t label) const {
        for (uint32_t i = body_.first + 1; i + 1 < body_.last; ++i) {
            if (tree_.is_name(i) && tree_.word(i + 1) == ":" && tree_.word(i) == tree_.word(label)) {
                return ThreadStates::at(out_.detached, i) != nullptr;
            }
        }
        return false;
    }

    const Tree& tree_;
    Range body_;
    const std::vector<StateEvent>& events_;
    const std::vector<uint32_t>& lambdas_;
    ThreadStates& out_;
    Frames frames_;
    std::vector<Scope> scopes_;
    std::vector<Candidate> candidates_;
    std::unordered_map<std::string_view, Frames> jumps_; // the state at the first goto to each label
    std::string_view saved_; // the variable that keeps the thread state
    uint32_t at_ = 0;
    uint32_t since_ = 0;
    uint32_t statement_ = 0; // where the one that is being read begins
    uint32_t finished_ = 0;  // where the one before it in the block began
    uint32_t lambdas_open_ = 0;
};

} // namespace

void walk_states(const Tree& tree, const Function& function, const std::vector<StateEvent>& events,
                 const std::vector<uint32_t>& detached_lambdas, ThreadStates& out) {
    StateWalk(tree, function, events, detached_lambdas, out).run();
}

} // namespace ungil::scan
