#pragma once
#include <stddef.h>
#include <stdint.h>

// A C face over toml++ (TOML 1.0): a text becomes a flat list of events in the order of the file, each with its line
// and column (both from 1, columns in code points). Flat, so that the caller needs no callback and no recursion.

#ifdef __cplusplus
extern "C" {
#endif

enum {
  /// The longest text that is read, in bytes.
  CTOML_SIZE_MAX = 2 * 1024 * 1024,
  /// How deep tables and arrays may lie in each other, so that no text can overflow the stack. A header such as
  /// `[a.b]` and the value under it are counted apart, so the tree may be three times as deep.
  CTOML_DEPTH_MAX = 64,
};

typedef enum ctoml_kind : uint8_t {
  CTOML_TABLE,  // entries follow, then CTOML_END
  CTOML_ARRAY,  // elements follow, then CTOML_END
  CTOML_END,
  CTOML_STRING,
  CTOML_INTEGER,
  CTOML_FLOAT,
  CTOML_BOOLEAN,
  CTOML_DATE,
  CTOML_TIME,
  CTOML_DATE_TIME,
  CTOML_OFFSET_DATE_TIME,
} ctoml_kind;

typedef struct ctoml_moment {
  uint32_t nanosecond;
  uint16_t year;
  int16_t offset_minutes;
  uint8_t month, day, hour, minute, second;
} ctoml_moment;

typedef struct ctoml_event {
  const char *key;  // not terminated; null for an element of an array, for the root and for CTOML_END
  size_t key_size;
  union {
    struct {
      const char *text;
      size_t text_size;
    };
    int64_t integer;  // also a boolean
    double real;
    ctoml_moment moment;
  };
  uint32_t key_line, key_column, line, column;
  ctoml_kind kind;
} ctoml_event;

typedef struct ctoml_document ctoml_document;

/// Reads `size` bytes; never null. The document owns all that the functions below return, until ctoml_free.
ctoml_document *ctoml_parse(const char *text, size_t size);
/// The message of a text that is not TOML, with its place, or null. At most 400 bytes, terminated, UTF-8 save that a
/// cut may split its last character.
const char *ctoml_error(const ctoml_document *document, uint32_t *line, uint32_t *column);
/// The events, beginning with the root's CTOML_TABLE; none when there is an error.
const ctoml_event *ctoml_events(const ctoml_document *document, size_t *count);
void ctoml_free(ctoml_document *document);

#ifdef __cplusplus
}
#endif
