#include "scan/token.hpp"

#include <algorithm>
#include <cstring>

namespace ungil::scan {

Text::Text(std::string bytes) : bytes_(std::move(bytes)), starts_{0} {
    const char* begin = bytes_.data();
    const char* end = begin + bytes_.size();
    for (const char* at = begin; at != end;) {
        at = static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
        if (at == nullptr) {
            break;
        }
        ++at;
        if (at != end) {
            starts_.push_back(static_cast<uint32_t>(at - begin));
        }
    }
}

Position Text::position(uint32_t offset) const {
    auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
    auto line = static_cast<uint32_t>(after - starts_.begin());
    return {line, offset - *(after - 1) + 1};
}

} // namespace ungil::scan
