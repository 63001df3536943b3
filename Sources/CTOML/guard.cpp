#include "guard.h"

#include "ctoml.h"

namespace ctoml {
namespace {

class Cursor {
 public:
  Cursor(const char *text, size_t size) : at(text), end(text + size) {
    if (starts_with('\xEF') && size >= 3 && at[1] == '\xBB' && at[2] == '\xBF') at += 3;
  }
  bool done() const { return at == end; }
  unsigned char byte() const { return static_cast<unsigned char>(*at); }
  bool starts_with(char c) const { return at != end && *at == c; }
  void step() {
    const unsigned char c = byte();
    at++;
    if (c == '\n') {
      place.line++;
      place.column = 1;
    } else if ((c & 0xC0) != 0x80) {
      place.column++;
    }
  }
  /// Steps over at most `most` bytes `c` and returns how many there were.
  int run(char c, int most) {
    int n = 0;
    while (n < most && starts_with(c)) {
      step();
      n++;
    }
    return n;
  }
  Place place;

 private:
  const char *at;
  const char *end;
};

void skip_comment(Cursor &cursor) {
  while (!cursor.done() && cursor.byte() != '\n') cursor.step();
}

/// Steps over a string of any of the four kinds. One that is not closed ends with its line, or with the text.
void skip_string(Cursor &cursor, char quote) {
  const int opening = cursor.run(quote, 3);
  if (opening == 2) return;  // the empty string
  const bool many_lines = opening == 3;
  while (!cursor.done()) {
    if (cursor.starts_with(quote)) {
      // Up to two quotes may stand right before the three that close.
      if (cursor.run(quote, many_lines ? 5 : 1) >= opening) return;
      continue;
    }
    if (cursor.starts_with('\n') && !many_lines) return;
    const bool escape = quote == '"' && cursor.starts_with('\\');
    cursor.step();
    if (escape && !cursor.done() && !cursor.starts_with('\n')) cursor.step();
  }
}

/// The depth of the value that is being read: each open bracket adds one level, and one more for each part of the
/// dotted key before it.
class Depth {
 public:
  bool dot() { return sum + ++dots < CTOML_DEPTH_MAX; }
  void equals() {
    parts = dots + 1;
    dots = 0;
  }
  bool open() {
    const int more = parts + 1;
    parts = dots = 0;
    if (sum + more > CTOML_DEPTH_MAX) return false;
    levels[brackets++] = static_cast<uint8_t>(more);
    sum += more;
    return true;
  }
  void close() {
    dots = 0;
    if (brackets > 0) sum -= levels[--brackets];
  }
  void next() { parts = dots = 0; }

 private:
  uint8_t levels[CTOML_DEPTH_MAX];
  int brackets = 0, sum = 0, parts = 0, dots = 0;
};

constexpr const char *too_deep = "nested deeper than 64 levels";
static_assert(CTOML_DEPTH_MAX == 64, "the message above names it");

}  // namespace

const char *guard(const char *text, size_t size, Place &place) {
  Cursor cursor(text, size);
  Depth depth;
  while (!cursor.done()) {
    const unsigned char c = cursor.byte();
    place = cursor.place;
    if (c >= 0x80) return "a character that is not ASCII may stand in quotes or in a comment only";
    switch (c) {
      case '#': skip_comment(cursor); continue;
      case '"':
      case '\'': skip_string(cursor, static_cast<char>(c)); continue;
      case '=': depth.equals(); break;
      case ',':
      case '\n': depth.next(); break;
      case '.':
        if (!depth.dot()) return too_deep;
        break;
      case '[':
      case '{':
        if (!depth.open()) return too_deep;
        break;
      case ']':
      case '}': depth.close(); break;
      default: break;
    }
    cursor.step();
  }
  return nullptr;
}

}  // namespace ctoml
