#pragma once
#include <cstddef>
#include <cstdint>

namespace ctoml {

/// A place in the text, both from 1; columns count code points.
struct Place {
  uint32_t line = 1, column = 1;
};

/// Looks through a text before toml++ does, for what toml++ 3.3.0 must not see: a non-ASCII byte outside of strings and
/// comments (undefined behaviour in a bare key) and nesting that would overflow the stack. Returns null or what is
/// wrong at `place`. All else that is wrong with the text is left to toml++, which stops at its first mistake: so the
/// guard need only agree with it about what is a string in a text without mistakes up to there.
const char *guard(const char *text, size_t size, Place &place);

}  // namespace ctoml
