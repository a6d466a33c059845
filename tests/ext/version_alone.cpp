// A program that drives src/sync/version.hpp without Python, and with threads that linger between any two steps: what
// takes nanoseconds in a hash table, and hardly ever meets another thread there, takes long enough here.
//
//     version_alone CHECK          looks whether CHECK holds for Version
//     version_alone CHECK TWIN     repeats it on a Version that is wrong in one way, until it is caught
//
// Exit code 0: nothing found. 1: found, and printed. 2: there is no such check or twin.
#include "sync/version.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <thread>
#include <vector>

namespace {

using ungil::sync::Version;
using ungil::sync::Word;

using Clock = std::chrono::steady_clock;

// By the clock, not by a number of changes: on a busy machine a thread that lingers may come back much later.
constexpr auto one_round = std::chrono::milliseconds(250);

std::atomic<bool> caught{false};

bool expect(const char* what, bool holds) {
    if (!holds && !caught.exchange(true)) {
        std::puts(what);
    }
    return holds;
}

// Gives other threads the time to do nothing, a step, or as much as they like.
void linger() {
    thread_local std::minstd_rand random{std::random_device{}()};
    const auto choice = random() / 7 % 16;
    if (choice < 2) {
        std::this_thread::yield();
    } else if (choice < 8) {
        for (auto pauses = choice * 8; pauses > 0; --pauses) {
            ungil::sync::pause_processor();
        }
    }
}

// Each of the bodies in a thread, again and again for one round.
void in_threads(const std::vector<std::function<void()>>& bodies) {
    const auto end = Clock::now() + one_round;
    std::vector<std::thread> threads;
    for (const auto& body : bodies) {
        threads.emplace_back([&body, end] {
            while (!caught && Clock::now() < end) {
                body();
                linger();
                linger();
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

// ---- A chain of words that are equal, except in the middle of a change.

using Words = std::array<std::uint64_t, 4>;

bool all_equal(const Words& words) {
    return words == Words{words[0], words[0], words[0], words[0]};
}

template <typename AnyVersion>
struct EqualWords {
    AnyVersion version;
    std::array<Word<std::uint64_t>, 4> words;
    std::uint64_t counted = 0; // by writers, under the lock alone: ThreadSanitizer sees if that does not order them

    Words load() const {
        Words loaded;
        for (std::size_t i = 0; i < words.size(); ++i) {
            loaded[i] = words[i].load();
            linger();
        }
        return loaded;
    }

    void change() {
        while (!version.lock()) {
            std::this_thread::yield();
        }
        ++counted;
        const Words before = load();
        expect("a writer meets the change of another one", all_equal(before));
        for (auto& word : words) {
            word.store(before[0] + 1);
            linger();
        }
        version.unlock();
    }

    void expect_all_changes() const { expect("a change is lost", caught || load()[0] == counted); }
};

template <typename AnyVersion>
void reads_are_whole() {
    EqualWords<AnyVersion> chain;
    const auto read = [&, newest = std::uint64_t{0}]() mutable {
        const Version::Value version = chain.version.begin_read();
        linger();
        const Words words = chain.load();
        if (chain.version.unchanged_since(version)) {
            expect("a read that is confirmed is not whole", all_equal(words));
            expect("a read that is confirmed is older than the one before", words[0] >= newest);
            newest = words[0];
        }
    };
    const auto change = [&] { chain.change(); };
    in_threads({change, change, read, read});
    chain.expect_all_changes();
}

template <typename AnyVersion>
void nothing_changes_while_frozen() {
    EqualWords<AnyVersion> chain;
    const auto freeze = [&] {
        chain.version.freeze();
        const Version::Value version = chain.version.begin_read();
        const Words before = chain.load();
        linger();
        expect("a chain is frozen in the middle of a change", all_equal(before));
        expect("a frozen chain changes", before == chain.load());
        expect("a reader cannot tell that a chain is frozen", AnyVersion::is_frozen(version));
        expect("a reader of a frozen chain starts over", chain.version.unchanged_since(version));
        chain.version.thaw();
        expect("a reader cannot tell that a chain has thawed", !chain.version.unchanged_since(version));
    };
    const auto change = [&] { chain.change(); };
    in_threads({change, change, freeze});
    chain.expect_all_changes();
}

// ---- A hash table of one entry, with the steps of HashTable::get(), edit() and grow().

constexpr std::uint64_t stranger = UINT64_MAX;

// An object as the interpreter has them: whoever reads about it late finds a block of memory that may be free, or another
// object, which may even have references.
struct Object {
    std::atomic<int> references{0}; // 0: a free block
    std::atomic<std::uint64_t> number{0};

    bool try_incref() {
        int count = references.load();
        while (count > 0 && !references.compare_exchange_weak(count, count + 1)) {
        }
        return count > 0;
    }

    void decref() { expect("an object is freed twice", references.fetch_sub(1) > 0); }
};

// Few blocks, so that a free one is soon used again.
class Heap {
  public:
    Object* make(std::uint64_t number) {
        for (int looks = 0; expect("objects are never freed", looks < 10'000) && !caught; ++looks) {
            Object& block = blocks_[next_.fetch_add(1) % blocks_.size()];
            int free = 0;
            constexpr int nobody_yet = -1;
            if (block.references.compare_exchange_strong(free, nobody_yet)) {
                block.number = number;
                block.references = 1;
                return &block;
            }
            std::this_thread::yield();
        }
        return &blocks_[0];
    }

  private:
    std::array<Object, 8> blocks_;
    std::atomic<std::size_t> next_{0};
};

template <typename AnyVersion>
class TableOfOne {
  public:
    TableOfOne() { add_table(heap_.make(0)); }

    // The number of the object that was stored at some moment of this call.
    std::uint64_t get() {
        for (int attempts = 0; !caught; ++attempts) {
            expect("a reader starts over for ever", attempts < 1'000'000);
            Table* table = current_.load(std::memory_order_acquire);
            linger();
            const Version::Value version = table->version.begin_read();
            Object* object = table->object.load();
            linger();
            if (!object->try_incref()) {
                continue;
            }
            linger();
            const bool unchanged = table->version.unchanged_since(version);
            const bool confirmed = unchanged && !(AnyVersion::is_frozen(version) && current_.load() != table);
            const std::uint64_t number = object->number;
            object->decref();
            if (confirmed) {
                return number;
            }
        }
        return 0;
    }

    // Stores the object with the next number, frees the one before, and makes other things where that was.
    void edit() {
        Table* table = current_.load(std::memory_order_acquire);
        while (!table->version.lock()) {
            std::this_thread::yield();
            table = current_.load(std::memory_order_acquire);
        }
        Object* before = table->object.load();
        linger();
        table->object.store(heap_.make(before->number + 1));
        linger();
        table->version.unlock();
        before->decref();
        ++edits_;
        Object* other = heap_.make(stranger);
        linger();
        other->decref();
    }

    // As grown as it was edited. The old table stays: what frees it (retire.hpp) waits for readers.
    void grow() {
        if (tables_.size() > edits_) {
            return;
        }
        Table* old = current_.load();
        old->version.freeze();
        linger();
        add_table(old->object.load());
        linger();
    }

    std::uint64_t edits() const { return edits_; }

  private:
    struct Table {
        AnyVersion version;
        Word<Object*> object; // owned by the table that is the current one
    };

    void add_table(Object* object) {
        tables_.push_back(std::make_unique<Table>());
        tables_.back()->object.store(object);
        linger();
        current_.store(tables_.back().get(), std::memory_order_release);
    }

    Heap heap_;
    std::vector<std::unique_ptr<Table>> tables_;
    std::atomic<Table*> current_{nullptr};
    std::atomic<std::uint64_t> edits_{0};
};

template <typename AnyVersion>
void objects_are_alive_in_a_replaced_table() {
    TableOfOne<AnyVersion> table;
    const auto read = [&, newest = std::uint64_t{0}]() mutable {
        const std::uint64_t number = table.get();
        expect("a reader gets another object, where the one it saw was freed", number != stranger);
        expect("a reader gets an object that was replaced before it began", caught || number >= newest);
        newest = number;
    };
    const auto edit = [&] { table.edit(); };
    in_threads({edit, edit, read, read, [&] { table.grow(); }});
    expect("a change is lost", caught || table.get() == table.edits());
}

// ---- The twins: a Version with one step left out.

struct WithoutSecondLook : Version {
    bool unchanged_since(Value) const noexcept { return true; }
};

// Sees a writer who is at work, and not one who came and went.
struct WithoutCount : Version {
    bool unchanged_since(Value) const noexcept {
        begin_read();
        return true;
    }
};

// Counts when a change begins and when it ends, so that only those who begin to read within one see part of it.
class WithoutFirstWait : public Version {
  public:
    Value begin_read() const noexcept { return count_; }
    bool unchanged_since(Value version) const noexcept { return count_ == version; }

    bool lock() noexcept {
        const bool locked = Version::lock();
        count_ += locked;
        return locked;
    }

    void unlock() noexcept {
        ++count_;
        Version::unlock();
    }

  private:
    std::atomic<Value> count_{0};
};

struct UnlocksBeforeItsStores : Version {
    bool lock() noexcept {
        const bool locked = Version::lock();
        if (locked) {
            Version::unlock();
        }
        return locked;
    }

    void unlock() noexcept {}
};

struct WritesWhatIsFrozen : Version {
    bool lock() noexcept {
        Version::lock();
        return true;
    }
};

struct WithoutFreezing : Version {
    void freeze() noexcept {}
    void thaw() noexcept {}
};

// For a reader that forgets to look whether the table of a frozen chain has been replaced.
struct NeverFrozen : Version {
    static bool is_frozen(Value) noexcept { return false; }
};

// ---- Which of them.

using Check = void (*)();

template <typename AnyVersion>
Check check_named(const char* name) {
    const struct {
        const char* name;
        Check check;
    } checks[] = {
        {"whole", reads_are_whole<AnyVersion>},
        {"frozen", nothing_changes_while_frozen<AnyVersion>},
        {"replaced", objects_are_alive_in_a_replaced_table<AnyVersion>},
    };
    for (const auto& each : checks) {
        if (std::strcmp(each.name, name) == 0) {
            return each.check;
        }
    }
    return nullptr;
}

Check check_of_twin(const char* check, const char* twin) {
    const struct {
        const char* name;
        Check (*check_named)(const char*);
    } twins[] = {
        {"without_second_look", check_named<WithoutSecondLook>},
        {"without_count", check_named<WithoutCount>},
        {"without_first_wait", check_named<WithoutFirstWait>},
        {"unlocks_before_its_stores", check_named<UnlocksBeforeItsStores>},
        {"writes_what_is_frozen", check_named<WritesWhatIsFrozen>},
        {"without_freezing", check_named<WithoutFreezing>},
        {"never_frozen", check_named<NeverFrozen>},
    };
    for (const auto& each : twins) {
        if (std::strcmp(each.name, twin) == 0) {
            return each.check_named(check);
        }
    }
    return nullptr;
}

} // namespace

int main(int count, char** arguments) {
    const bool is_twin = count == 3;
    const Check check = is_twin      ? check_of_twin(arguments[1], arguments[2])
                        : count == 2 ? check_named<Version>(arguments[1])
                                     : nullptr;
    if (!check) {
        std::puts("version_alone whole|frozen|replaced [TWIN]");
        return 2;
    }
    const auto deadline = Clock::now() + std::chrono::seconds(30);
    do {
        check();
    } while (is_twin && !caught && Clock::now() < deadline);
    return caught ? 1 : 0;
}
