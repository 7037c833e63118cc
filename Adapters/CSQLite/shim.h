// The system's SQLite, and wrappers for what Swift cannot import: variadic functions and macros
// that cast.
#ifndef PLANWRIGHT_CSQLITE_SHIM_H
#define PLANWRIGHT_CSQLITE_SHIM_H

#include <sqlite3.h>

/// Sets a boolean option of a connection; stores the resulting value in `found` unless it is NULL.
static inline int planwright_sqlite3_db_switch(
    sqlite3 *connection, int option, int value, int *found) {
  return sqlite3_db_config(connection, option, value, found);
}

/// Binds a text, which SQLite copies.
static inline int planwright_sqlite3_bind_text(
    sqlite3_stmt *statement, int parameter, const char *text, int bytes) {
  return sqlite3_bind_text(statement, parameter, text, bytes, SQLITE_TRANSIENT);
}

/// Binds bytes, which SQLite copies.
static inline int planwright_sqlite3_bind_bytes(
    sqlite3_stmt *statement, int parameter, const void *bytes, int count) {
  return sqlite3_bind_blob(statement, parameter, bytes, count, SQLITE_TRANSIENT);
}

#endif
