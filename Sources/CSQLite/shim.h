#pragma once
#include <errno.h>
#include <sqlite3.h>

// What Swift cannot call: a destructor that is a number (SQLITE_TRANSIENT) and a function with variable arguments; and
// what it cannot do in time: reading `errno`, which sqlite3_system_errno() does not know after a COMMIT.

/// Binds a copy of `size` bytes; none are an empty value, not NULL.
static inline int sqlite_bind_copy(sqlite3_stmt *statement, int index, const void *bytes, int size) {
  if (size == 0) return sqlite3_bind_zeroblob(statement, index, 0);
  return sqlite3_bind_blob(statement, index, bytes, size, SQLITE_TRANSIENT);
}

/// Forbids statements that could damage the file on purpose, and does not trust what its schema wants to call.
static inline int sqlite_be_careful(sqlite3 *database) {
  int refused = sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
  if (refused != SQLITE_OK) return refused;
  return sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)0);
}

/// Does one step. `*system` becomes the errno of the last call to the system that failed in it, or 0.
static inline int sqlite_step(sqlite3_stmt *statement, int *system) {
  errno = 0;
  int code = sqlite3_step(statement);
  *system = errno;
  return code;
}

/// Does all statements of a text; `system` as above.
static inline int sqlite_execute(sqlite3 *database, const char *sql, int *system) {
  errno = 0;
  int code = sqlite3_exec(database, sql, 0, 0, 0);
  *system = errno;
  return code;
}
