#include "bundled.h"

#include "window.h"

#include <stdlib.h>

struct Tally {
    long sum;
};

Tally* tally_new(void) {
    return calloc(1, sizeof(Tally));
}

void tally_free(Tally* tally) {
    free(tally);
}

void tally_add(Tally* tally, long amount) {
    const volatile long* sum = &tally->sum;
    long before = *sum;
    WINDOW(100);
    tally->sum = before + amount;
}

long tally_sum(const Tally* tally) {
    return tally->sum;
}
