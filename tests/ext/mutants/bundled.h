// A small library in C, as an extension bundles one: it knows nothing of Python, and leaves it to its callers that two
// threads do not work on one object at the same time. callee.c is linked to it.
#pragma once

typedef struct Tally Tally;

Tally* tally_new(void);
void tally_free(Tally* tally);
void tally_add(Tally* tally, long amount);
long tally_sum(const Tally* tally);
