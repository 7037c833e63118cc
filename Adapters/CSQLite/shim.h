// The system's SQLite, and wrappers for what Swift cannot import: variadic functions, macros that
// cast, and a function that not all C libraries declare.
#ifndef PLANWRIGHT_CSQLITE_SHIM_H
#define PLANWRIGHT_CSQLITE_SHIM_H

#include <sqlite3.h>
#if defined(__linux__)
#include <sys/syscall.h>

// Declared here: the types of a header that this one included would belong to this module, and no
// longer to that of the C library.
extern long syscall(long number, ...);
#elif defined(__APPLE__)
extern int renamex_np(const char *from, const char *to, unsigned int flags);
#endif

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

/// Renames a file; fails with EEXIST when something exists at the new path.
///
/// Fails with EINVAL, ENOSYS or ENOTSUP where the system or the file system cannot do that.
static inline int planwright_rename_without_replacing(const char *from, const char *to) {
#if defined(__APPLE__)
  return renamex_np(from, to, 4);  // RENAME_EXCL of stdio.h
#else
  // AT_FDCWD of fcntl.h, and RENAME_NOREPLACE of linux/fs.h.
  return (int)syscall(SYS_renameat2, -100, from, -100, to, 1u);
#endif
}

#endif
