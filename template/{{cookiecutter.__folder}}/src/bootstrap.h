/* The long work. It knows nothing of Python, so it can run while the thread is detached. */
#ifndef BOOTSTRAP_H
#define BOOTSTRAP_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* splitmix64 (Sebastiano Vigna, public domain): all its state is the caller's, unlike rand()'s. */
static inline uint64_t next_random(uint64_t* state) {
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* The standard error of the mean of `count` values, from the means of `rounds` resamples: at least 1 and 2 of them. */
static inline double bootstrap_error(const double* values, size_t count, size_t rounds, uint64_t seed) {
    double mean_of_means = 0.0, squares = 0.0; /* Welford's running mean and sum of squared differences */
    for (size_t round = 1; round <= rounds; round++) {
        double sum = 0.0;
        for (size_t drawn = 0; drawn < count; drawn++) {
            sum += values[next_random(&seed) % count];
        }
        double mean = sum / (double)count;
        double difference = mean - mean_of_means;
        mean_of_means += difference / (double)round;
        squares += difference * (mean - mean_of_means);
    }
    return sqrt(squares / (double)(rounds - 1));
}

#endif
