// A disk that fails, for SQLite: a file system in front of the system's own, for tests only.
//
// After SQLite's own anomaly tests (sqlite.org/testing.html, section 3): every operation on a file
// is counted, and the one of a chosen number fails, alone or with all that come after it, or is the
// moment at which the power goes. What a disk still has then is what was synced, and of what was
// written since, any sectors, some of them torn.
#ifndef FAILING_DISK_H
#define FAILING_DISK_H

enum failing_disk_fault {
  FAILING_DISK_SOUND = 0,
  /// One operation fails.
  FAILING_DISK_ONCE = 1,
  /// One operation fails, and all after it.
  FAILING_DISK_FOREVER = 2,
  /// The power goes: all operations fail, and `failing_disk_save` shows what is left.
  FAILING_DISK_POWER = 3,
  /// The process is killed, and does nothing more.
  FAILING_DISK_KILL = 4,
};

/// Makes the failing disk SQLite's file system, for all that this process opens from now on.
int failing_disk_install(void);

/// Puts the system's own file system back, and forgets all files.
void failing_disk_remove(void);

/// Counts operations anew; the one of this number (from 0) is the first to fail.
void failing_disk_plan(enum failing_disk_fault fault, long at, unsigned long long seed);

/// How many operations there were since the plan was made.
long failing_disk_operations(void);

/// Whether the operation of the plan has come.
int failing_disk_has_struck(void);

/// Writes what the disk has after the power went into an empty directory; 0 when that worked.
int failing_disk_save(const char *directory);

#endif
