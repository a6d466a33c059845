#pragma once

#include "scan/syntax.hpp"

#include <string>

namespace ungil::scan {

// Finds the comments that contain one of some words, in whatever case (of ASCII): one pass over the comments' bytes,
// however many words there are.
class CommentSearch {
  public:
    explicit CommentSearch(std::vector<std::string> words);

    // Indices into Tree::comments, in source order. An empty word stands in every comment.
    std::vector<uint32_t> find(const Tree& tree) const;

  private:
    bool contains_one(std::string_view comment) const;
    bool stands_at(std::string_view rest) const;

    std::vector<std::string> words_; // in lower case
    std::vector<bool> starts_;       // by byte: a word begins so
    bool any_;                       // one of the words is empty
};

} // namespace ungil::scan
