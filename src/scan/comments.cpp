#include "scan/comments.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

} // namespace

CommentSearch::CommentSearch(std::vector<std::string> words) : words_(std::move(words)), starts_(256), any_(false) {
    for (std::string& word : words_) {
        std::transform(word.begin(), word.end(), word.begin(), lower);
        if (word.empty()) {
            any_ = true;
        } else {
            starts_[static_cast<unsigned char>(word.front())] = true;
        }
    }
}

std::vector<uint32_t> CommentSearch::find(const Tree& tree) const {
    std::vector<uint32_t> found;
    for (uint32_t i = 0; i < tree.comments.size(); ++i) {
        const Comment& comment = tree.comments[i];
        if (any_ || contains_one(tree.text.all().substr(comment.offset, comment.length))) {
            found.push_back(i);
        }
    }
    return found;
}

bool CommentSearch::contains_one(std::string_view comment) const {
    for (size_t at = 0; at < comment.size(); ++at) {
        if (starts_[static_cast<unsigned char>(lower(comment[at]))] && stands_at(comment.substr(at))) {
            return true;
        }
    }
    return false;
}

bool CommentSearch::stands_at(std::string_view rest) const {
    return std::any_of(words_.begin(), words_.end(), [rest](const std::string& word) {
        return word.size() <= rest.size() &&
               std::equal(word.begin(), word.end(), rest.begin(), [](char w, char c) { return w == lower(c); });
    });
}

} // namespace ungil::scan
