// Which thread runs until which window: the threads of a test take turns, in an order that the test wrote down.
//
// A turn is a thread and the window at which it ends, or 0 for the end of the thread. A thread whose turn it is not
// waits at its window, attached and with its locks held: what it waits for is the others, as if the processor had been
// taken from it at that instruction. So nothing here may call Python.
//
// If the thread whose turn it is sleeps, it waits for a lock that one of the others holds: its turn is skipped, and it
// goes on by itself once it has the lock. That is what happens in every correct twin.
#define _GNU_SOURCE // syscall(), nanosleep()
#include "window.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

enum { MOST_THREADS = 8, MOST_TURNS = 64, MOST_REACHED = 1024 };
enum { LOOKS = 20, BETWEEN_LOOKS = 1000 * 1000 }; // asleep at 20 looks, a millisecond apart, is waiting for a lock

typedef struct {
    int thread;
    int window;
} Turn;

typedef struct {
    _Atomic int system_id; // 0 before the thread came
    _Atomic int ended;
} Thread;

static Turn turns[MOST_TURNS];
static int count;
static _Atomic int current; // index into turns; sequentially consistent, so what a turn wrote is seen by the next
static Thread threads[MOST_THREADS];
static _Atomic int stops;
static int reached[MOST_REACHED]; // by thread 0, in order; read after it has ended
static int reached_count;
static _Thread_local int me = -1;

static int system_id(void) {
#ifdef __linux__
    return (int)syscall(SYS_gettid);
#else
    return 1;
#endif
}

static void rest(void) {
    struct timespec pause = {0, BETWEEN_LOOKS};
    nanosleep(&pause, NULL);
}

// What Linux says of a thread; elsewhere any thread that has come may be asleep, and LOOKS decide.
static int seems_asleep(int id) {
#ifdef __linux__
    char path[64], line[512];
    snprintf(path, sizeof(path), "/proc/self/task/%d/stat", id);
    FILE* file = fopen(path, "r");
    if (file == NULL) {
        return 0;
    }
    size_t length = fread(line, 1, sizeof(line) - 1, file);
    fclose(file);
    line[length] = '\0';
    const char* name_end = strrchr(line, ')');
    return name_end != NULL && strncmp(name_end, ") S", 3) == 0;
#else
    return id != 0;
#endif
}

static int waits_for_a_lock(int thread, int turn) {
    for (int look = 0; look < LOOKS; ++look) {
        if (current != turn || threads[thread].ended || !seems_asleep(threads[thread].system_id)) {
            return 0;
        }
        rest();
    }
    return 1;
}

static void wait_for_turn(void) {
    for (;;) {
        int turn = current;
        if (turn >= count || turns[turn].thread == me) {
            return;
        }
        int other = turns[turn].thread;
        if (threads[other].ended || waits_for_a_lock(other, turn)) {
            atomic_compare_exchange_strong(&current, &turn, turn + 1);
        }
        sched_yield();
    }
}

void window_reached(int window) {
    if (me < 0) {
        return;
    }
    if (me == 0 && reached_count < MOST_REACHED) {
        reached[reached_count++] = window;
    }
    int turn = current;
    if (turn < count && turns[turn].thread == me && turns[turn].window == window) {
        ++stops;
        current = turn + 1;
        wait_for_turn();
    }
}

// ---- What a test calls, through ctypes.

// Before the threads start: `length` turns, each a thread and a window.
void turns_set(const Turn* wanted, int length) {
    memset(threads, 0, sizeof(threads));
    memcpy(turns, wanted, sizeof(Turn) * (size_t)length);
    count = length;
    current = stops = reached_count = 0;
}

// First in a thread.
void turns_enter(int thread) {
    me = thread;
    threads[me].system_id = system_id();
    wait_for_turn();
}

// Last in a thread.
void turns_leave(void) {
    threads[me].ended = 1;
    me = -1;
}

static int left_over(int number) {
    int left = 0;
    for (int thread = 0; thread < number; ++thread) {
        left += !threads[thread].ended;
    }
    return left;
}

static int asleep_now(int number) {
    int asleep = 0;
    for (int thread = 0; thread < number; ++thread) {
        asleep += !threads[thread].ended && seems_asleep(threads[thread].system_id);
    }
    return asleep;
}

// Waits for the end of `number` threads. 0 when those that have not ended are all asleep and no turn is skipped any more:
// they wait for each other.
int turns_over(int number) {
    int looks = 0, turn = -1, left;
    while ((left = left_over(number)) != 0 && looks < LOOKS * 5) {
        looks = turn == current && asleep_now(number) == left ? looks + 1 : 0;
        turn = current;
        rest();
    }
    return left == 0;
}

// How many turns ended at their window.
int turns_stops(void) {
    return stops;
}

// The windows that thread 0 came by, at most `most`; how many there were.
int turns_reached(int* windows, int most) {
    int length = reached_count < most ? reached_count : most;
    memcpy(windows, reached, sizeof(int) * (size_t)length);
    return length;
}
