// Count, mean, variance, minimum and maximum of numbers that come one by one: arithmetic on five words, which knows
// neither Python nor threads.
//
// Carried along is the sum of the squared differences from the mean; the sum of squares minus the square of the sum
// would lose every digit where the mean is large beside the spread. One more number: B. P. Welford, "Note on a method
// for calculating corrected sums of squares and products", Technometrics 4 (1962). Two sets: T. F. Chan, G. H. Golub,
// R. J. LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", STAN-CS-79-773 (1979).
//
//   1. Of finite numbers, rounding included: minimum <= mean <= maximum, and squares >= 0 (infinite where floats end).
//   2. An infinity makes squares NaN and the mean infinite, or NaN where there are infinities of both signs.
//   3. A NaN makes everything NaN but the count. 2. and 3. do not depend on the order in which numbers come.
#pragma once

#include "sync/checked_arithmetic.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

namespace ungil::sync {

struct Moments {
    static constexpr double infinity = std::numeric_limits<double>::infinity();
    static constexpr double nan = std::numeric_limits<double>::quiet_NaN();

    std::int64_t count = 0;
    double mean = 0;
    double squares = 0;
    double minimum = infinity;
    double maximum = -infinity;

    // False, and nothing has changed, where the count would not fit.
    bool push(double value) noexcept {
        if (count == Int64Limits::max()) {
            return false;
        }
        ++count;
        const double delta = value - mean;
        if (std::isfinite(delta)) {
            mean += delta / static_cast<double>(count);
            squares += delta * (value - mean);
        } else {
            move_mean_far(value, 1 / static_cast<double>(count));
        }
        minimum = lower(minimum, value);
        maximum = higher(maximum, value);
        return true;
    }

    // The same for all numbers of `other`, which comes by value: it may be this.
    bool merge(Moments other) noexcept {
        const auto total = checked_add(count, other.count);
        if (!total) {
            return false;
        }
        if (other.count > count) {
            std::swap(*this, other); // the mean of the more is moved, by half of the distance at most
        }
        if (other.count > 0) {
            add_smaller(other, *total);
        }
        return true;
    }

    // Of a sample: with n - 1, as statistics.variance().
    double variance() const noexcept { return count < 2 ? nan : squares / static_cast<double>(count - 1); }

    // Whether push() and merge() can lead here: for a state that comes from outside.
    bool possible() const noexcept {
        if (count <= 0) {
            return count == 0 && mean == 0 && squares == 0 && minimum == infinity && maximum == -infinity;
        }
        if (std::isnan(minimum) || std::isnan(maximum)) {
            return std::isnan(minimum) && std::isnan(maximum) && std::isnan(mean) && std::isnan(squares);
        }
        if (count == 1 ? minimum != maximum : minimum > maximum) {
            return false;
        }
        if (std::isinf(minimum) || std::isinf(maximum)) {
            const double sum = minimum + maximum;
            return std::isnan(squares) && (mean == sum || (std::isnan(mean) && std::isnan(sum)));
        }
        return minimum <= mean && mean <= maximum && squares >= 0 && (minimum < maximum || squares == 0);
    }

  private:
    static double lower(double a, double b) noexcept { return b < a || std::isnan(b) ? b : a; }
    static double higher(double a, double b) noexcept { return b > a || std::isnan(b) ? b : a; }

    void add_smaller(const Moments& other, std::int64_t total) noexcept {
        const double weight = static_cast<double>(other.count) / static_cast<double>(total);
        const double delta = other.mean - mean;
        if (std::isfinite(delta)) {
            mean += delta * weight;
            squares += other.squares + delta * delta * weight * static_cast<double>(count);
        } else {
            move_mean_far(other.mean, weight);
        }
        count = total;
        minimum = lower(minimum, other.minimum);
        maximum = higher(maximum, other.maximum);
    }

    // Where the two means are not both finite, or further apart than the largest float.
    void move_mean_far(double other, double weight) noexcept {
        const bool finite = std::isfinite(mean) && std::isfinite(other);
        mean = finite ? mean * (1 - weight) + other * weight : mean + other;
        squares = finite ? infinity : nan;
    }
};

} // namespace ungil::sync
