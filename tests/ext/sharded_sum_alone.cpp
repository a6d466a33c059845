// A program that drives src/sync/sharded_sum.hpp without Python: a hundred times as many additions in the same time, and
// memory that runs out when the program says so. Each check prints what it missed; the exit code says whether all hold.
#include "sync/sharded_sum.hpp"

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <new>
#include <thread>
#include <vector>

static std::atomic<bool> no_memory{false};

// The one allocation of a ShardedSum: an array of over-aligned cells, nothrow.
void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
    const std::size_t step = static_cast<std::size_t>(alignment);
    return no_memory ? nullptr : std::aligned_alloc(step, (size + step - 1) / step * step);
}

void operator delete[](void* block, std::align_val_t) noexcept {
    std::free(block);
}

namespace {

using ungil::sync::ShardedSum;
using ungil::sync::thread_slot;

constexpr std::int64_t largest = INT64_MAX;

bool all_hold = true;

void expect(const char* what, std::int64_t expected, std::int64_t actual) {
    if (expected != actual) {
        std::printf("%s: %lld, not %lld\n", what, static_cast<long long>(actual), static_cast<long long>(expected));
        all_hold = false;
    }
}

// Where `count` threads meet, again and again: nobody leaves before all have come.
class Meeting {
  public:
    explicit Meeting(int count) : count_(count) {}

    void meet() {
        const int last_of_round = (come_.fetch_add(1) / count_ + 1) * count_;
        for (int looks = 0; come_.load() < last_of_round; ++looks) {
            if (looks > 1'000) {
                std::this_thread::yield(); // there may be fewer processors than threads
            }
        }
    }

  private:
    const int count_;
    std::atomic<int> come_{0};
};

// Lets `count` threads run body(index, meeting), all from one moment on.
template <typename Body>
void in_threads(int count, Body body) {
    Meeting meeting(count);
    std::vector<std::thread> threads;
    for (int index = 0; index < count; ++index) {
        threads.emplace_back([&, index] {
            meeting.meet();
            body(index, meeting);
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

void add_many(ShardedSum& sum, int times) {
    for (int i = 0; i < times; ++i) {
        sum.add(1);
    }
}

// Threads come at once to a sum that nobody has touched. Of two, which is the owner? Of three, which allocates?
void nothing_is_lost_when_another_thread_comes(int threads, int sums) {
    std::vector<ShardedSum> fresh(sums);
    in_threads(threads, [&](int, Meeting& meeting) {
        for (ShardedSum& sum : fresh) {
            meeting.meet();
            add_many(sum, 20);
        }
    });
    for (const ShardedSum& sum : fresh) {
        expect("a fresh sum", threads * 20, sum.sum().clamped());
    }
}

// Slots pass from ended threads to new ones, which go on in the same cells.
void nothing_is_lost_when_threads_come_and_go() {
    ShardedSum sum;
    in_threads(4, [&](int, Meeting&) {
        for (int leg = 0; leg < 100; ++leg) {
            std::thread([&] { add_many(sum, 20'000); }).join();
        }
    });
    expect("threads in turn", 4 * 100 * 20'000, sum.sum().clamped());
}

// A thread that has the number `slot`, which is not exclusive: numbers go round, so one of the next threads gets it.
template <typename Body>
std::thread thread_with_slot(std::uint32_t slot, Body body) {
    for (std::atomic<int> found{-1};; found = -1) {
        std::thread candidate([&found, slot, body] {
            const bool is_it = thread_slot() == slot;
            found = is_it;
            if (is_it) {
                body();
            }
        });
        while (found < 0) {
            std::this_thread::yield();
        }
        if (found == 1) {
            return candidate;
        }
        candidate.join();
    }
}

// As many threads as there are slots, each of which has one and waits.
class Holders {
  public:
    Holders() {
        for (std::uint32_t i = 0; i < ungil::sync::exclusive_slots; ++i) {
            std::promise<void> taken;
            threads_.emplace_back([&] {
                expect("a slot of its own", 1, thread_slot() < ungil::sync::exclusive_slots);
                taken.set_value();
                end_.wait();
            });
            taken.get_future().wait();
        }
    }

    ~Holders() {
        over_.set_value();
        for (std::thread& thread : threads_) {
            thread.join();
        }
    }

  private:
    std::promise<void> over_;
    const std::shared_future<void> end_ = over_.get_future().share();
    std::vector<std::thread> threads_;
};

// While other threads have all the slots, two get the same number and meet at a sum that nobody has touched.
void nothing_is_lost_beyond_the_last_slot() {
    const Holders holders;
    ShardedSum sum;
    Meeting meeting(2);
    const auto add = [&] {
        meeting.meet();
        add_many(sum, 1'000'000);
    };
    std::promise<std::uint32_t> number;
    std::thread first([&] {
        number.set_value(thread_slot());
        add();
    });
    thread_with_slot(number.get_future().get(), add).join();
    first.join();
    expect("two threads with one number", 2 * 1'000'000, sum.sum().clamped());
}

void two_threads_have_two_slots() {
    for (int round = 0; round < 500; ++round) {
        std::uint32_t slots[2];
        in_threads(2, [&](int index, Meeting& meeting) {
            slots[index] = thread_slot();
            meeting.meet(); // before one of them gives its own back
        });
        expect("two threads have two slots", 1, slots[0] != slots[1]);
    }
}

void slots_are_given_back() {
    for (int i = 0; i < 1'000; ++i) {
        std::thread([&] { expect("a thousand threads in turn need few slots", 1, thread_slot() < 8); }).join();
    }
}

// What a thread adds while it ends, when its slot may be another thread's already.
void nothing_is_lost_at_the_end_of_a_thread() {
    static ShardedSum sum;
    struct AddsAtTheEnd {
        ~AddsAtTheEnd() { add_many(sum, 20'000); }
    };
    in_threads(4, [](int, Meeting&) {
        for (int leg = 0; leg < 50; ++leg) {
            std::thread([] {
                static thread_local const AddsAtTheEnd made_before_the_slot;
                static_cast<void>(made_before_the_slot);
                add_many(sum, 20'000);
            }).join();
        }
    });
    expect("additions of ending threads", 4 * 50 * 2 * 20'000, sum.sum().clamped());
}

void nothing_is_lost_without_memory() {
    ShardedSum sum;
    no_memory = true;
    in_threads(4, [&](int, Meeting&) { add_many(sum, 1'000'000); });
    expect("no memory", 4 * 1'000'000, sum.sum().clamped());
    in_threads(4, [&](int index, Meeting&) {
        add_many(sum, 500'000);
        if (index == 0) {
            no_memory = false; // and there is some again, while they add
        }
        add_many(sum, 500'000);
    });
    expect("memory again", 8 * 1'000'000, sum.sum().clamped());
}

void what_does_not_fit_is_refused() {
    ShardedSum sum;
    expect("the largest fits", 1, sum.add(largest));
    expect("one more does not", 0, sum.add(1));
    expect("refused and unchanged", largest, sum.sum().clamped());
    std::thread([&] { expect("another thread has its own", 1, sum.add(largest)); }).join();
    expect("more than 64 bits", 0, sum.sum().fits());
    expect("the nearest end", largest, sum.sum().clamped());
    expect("high half of 2^64 - 2", std::int64_t{1} << 32, sum.sum().high + 1);
    expect("low half of 2^64 - 2", UINT32_MAX - 1, sum.sum().low);
    std::thread([&] { expect("down again", 1, sum.add(-largest)); }).join();
    expect("into 64 bits again", largest, sum.sum().clamped());
    sum.add(-largest);
    std::thread([&] { sum.add(-largest); }).join();
    sum.add(-1);
    expect("the lowest of 64 bits", INT64_MIN, sum.sum().clamped());
    expect("which it still fits", 1, sum.sum().fits());
    std::thread([&] { sum.add(-1); }).join();
    expect("below them", 0, sum.sum().fits());
    expect("the nearest end below", INT64_MIN, sum.sum().clamped());
}

void what_does_not_fit_is_refused_in_a_common_cell() {
    ShardedSum sum;
    no_memory = true;
    sum.add(-1);
    std::thread([&] {
        expect("the largest fits a common cell", 1, sum.add(largest));
        expect("one more does not fit a common cell", 0, sum.add(1));
    }).join();
    no_memory = false;
    expect("a common cell", largest - 1, sum.sum().clamped());
}

} // namespace

int main() {
    nothing_is_lost_when_another_thread_comes(2, 20'000);
    nothing_is_lost_when_another_thread_comes(3, 5'000);
    nothing_is_lost_when_threads_come_and_go();
    nothing_is_lost_beyond_the_last_slot();
    two_threads_have_two_slots();
    slots_are_given_back();
    nothing_is_lost_at_the_end_of_a_thread();
    nothing_is_lost_without_memory();
    what_does_not_fit_is_refused();
    what_does_not_fit_is_refused_in_a_common_cell();
    return all_hold ? 0 : 1;
}
