#include "plugin.h"

#include "window.h"

#include <stdlib.h>
#include <string.h>

struct Log {
    long* values;
    long length;
    long capacity;
};

static Log* log_open(void) {
    return calloc(1, sizeof(Log));
}

static void log_close(Log* log) {
    free(log->values);
    free(log);
}

// A larger block, in which the values are; the old one is given up to malloc, and to whoever asks it for memory next.
static int grow(Log* log) {
    long capacity = log->capacity * 2 + 4;
    long* values = calloc((size_t)capacity, sizeof(long));
    if (values == NULL) {
        return 0;
    }
    if (log->values != NULL) {
        memcpy(values, log->values, sizeof(long) * (size_t)log->length);
        free(log->values);
    }
    log->values = values;
    log->capacity = capacity;
    return 1;
}

static int log_append(Log* log, long value) {
    if (log->length == log->capacity && !grow(log)) {
        return 0;
    }
    volatile long* length = &log->length;
    long position = *length;
    WINDOW(100);
    log->values[position] = value;
    *length = position + 1;
    return 1;
}

static long log_sum(const Log* log) {
    long sum = 0;
    for (long index = 0; index < log->length; ++index) {
        sum += log->values[index];
    }
    return sum;
}

extern const Plugin plugin; // found by its name

const Plugin plugin = {log_open, log_close, log_append, log_sum};
