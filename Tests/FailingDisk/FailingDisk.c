#include "FailingDisk.h"

#include "DiskImage.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// Everything below is guarded by one lock: SQLite uses many threads, and order is all that counts.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum failing_disk_fault planned = FAILING_DISK_SOUND;
static long strike_at = 0;
static long operations = 0;
static int struck = 0;
static unsigned long long random_state = 1;

typedef struct {
  sqlite3_file base;
  disk_image *image;  // NULL for files without a name, which nobody finds again
  sqlite3_file real;  // as long as the system's own; must be last
} failing_file;

static sqlite3_vfs *system_vfs = NULL;
static sqlite3_vfs failing_vfs;

#define REAL(file) (&((failing_file *)(file))->real)

/// Counts an operation; whether it fails. Called with the lock held.
static int fails(void) {
  long number = operations++;
  if (planned == FAILING_DISK_SOUND) return 0;
  if (number == strike_at) struck = 1;
  if (struck && planned == FAILING_DISK_KILL) raise(SIGKILL);
  return planned == FAILING_DISK_ONCE ? number == strike_at : number >= strike_at;
}

/// Runs one operation with the lock held: fails with `code`, or does and records it.
#define OPERATION(code, ...)                 \
  pthread_mutex_lock(&lock);                 \
  int result = (code);                       \
  if (!fails()) { __VA_ARGS__ }              \
  pthread_mutex_unlock(&lock);               \
  return result

static int disk_close(sqlite3_file *file) {
  failing_file *own = (failing_file *)file;
  int result = own->real.pMethods ? own->real.pMethods->xClose(&own->real) : SQLITE_OK;
  own->real.pMethods = NULL;
  return result;
}

static int disk_read(sqlite3_file *file, void *buffer, int count, sqlite3_int64 offset) {
  OPERATION(SQLITE_IOERR_READ,
            result = REAL(file)->pMethods->xRead(REAL(file), buffer, count, offset););
}

static int disk_write(sqlite3_file *file, const void *buffer, int count, sqlite3_int64 offset) {
  // Half of the disks that refuse to write are full.
  OPERATION(operations % 2 ? SQLITE_IOERR_WRITE : SQLITE_FULL,
            result = REAL(file)->pMethods->xWrite(REAL(file), buffer, count, offset);
            if (result == SQLITE_OK)
                disk_image_write(((failing_file *)file)->image, offset, buffer, count););
}

static int disk_truncate(sqlite3_file *file, sqlite3_int64 size) {
  OPERATION(SQLITE_IOERR_TRUNCATE,
            result = REAL(file)->pMethods->xTruncate(REAL(file), size);
            if (result == SQLITE_OK) disk_image_truncate(((failing_file *)file)->image, size););
}

static int disk_sync(sqlite3_file *file, int flags) {
  OPERATION(SQLITE_IOERR_FSYNC,
            // The system's disk is not what is being tested: nothing waits for it.
            (void)flags; result = SQLITE_OK; disk_image_sync(((failing_file *)file)->image););
}

static int disk_size(sqlite3_file *file, sqlite3_int64 *size) {
  OPERATION(SQLITE_IOERR_FSTAT, result = REAL(file)->pMethods->xFileSize(REAL(file), size););
}

static int disk_lock(sqlite3_file *file, int kind) {
  OPERATION(SQLITE_IOERR_LOCK, result = REAL(file)->pMethods->xLock(REAL(file), kind););
}

// What lets go of something is not made to fail: nobody could do anything about it.
static int disk_unlock(sqlite3_file *file, int kind) {
  return REAL(file)->pMethods->xUnlock(REAL(file), kind);
}

static int disk_check_lock(sqlite3_file *file, int *result) {
  return REAL(file)->pMethods->xCheckReservedLock(REAL(file), result);
}

static int disk_control(sqlite3_file *file, int operation, void *argument) {
  return REAL(file)->pMethods->xFileControl(REAL(file), operation, argument);
}

static int disk_sector_size(sqlite3_file *file) {
  return REAL(file)->pMethods->xSectorSize(REAL(file));
}

static int disk_characteristics(sqlite3_file *file) {
  return REAL(file)->pMethods->xDeviceCharacteristics(REAL(file));
}

static int disk_shm_map(sqlite3_file *file, int region, int size, int extends,
                        void volatile **memory) {
  OPERATION(SQLITE_IOERR_SHMMAP, result = REAL(file)->pMethods->xShmMap(
                                     REAL(file), region, size, extends, memory););
}

static int disk_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
  return REAL(file)->pMethods->xShmLock(REAL(file), offset, count, flags);
}

static void disk_shm_barrier(sqlite3_file *file) {
  REAL(file)->pMethods->xShmBarrier(REAL(file));
}

static int disk_shm_unmap(sqlite3_file *file, int deletes) {
  return REAL(file)->pMethods->xShmUnmap(REAL(file), deletes);
}

// Version 2: with shared memory, without memory-mapped reads, which would go past the counting.
static const sqlite3_io_methods methods = {
    2,
    disk_close,
    disk_read,
    disk_write,
    disk_truncate,
    disk_sync,
    disk_size,
    disk_lock,
    disk_unlock,
    disk_check_lock,
    disk_control,
    disk_sector_size,
    disk_characteristics,
    disk_shm_map,
    disk_shm_lock,
    disk_shm_barrier,
    disk_shm_unmap,
    NULL,
    NULL,
};

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *flags_out) {
  (void)vfs;
  failing_file *own = (failing_file *)file;
  memset(own, 0, sizeof *own);
  OPERATION(
      SQLITE_CANTOPEN, result = system_vfs->xOpen(system_vfs, name, &own->real, flags, flags_out);
      if (result == SQLITE_OK) {
        own->base.pMethods = &methods;
        if (name) own->image = disk_image_open(name);
      });
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int syncs) {
  (void)vfs;
  OPERATION(SQLITE_IOERR_DELETE, result = system_vfs->xDelete(system_vfs, name, syncs);
            if (result == SQLITE_OK) disk_image_delete(name, syncs););
}

static int disk_access(sqlite3_vfs *vfs, const char *name, int flags, int *result_out) {
  (void)vfs;
  OPERATION(SQLITE_IOERR_ACCESS,
            result = system_vfs->xAccess(system_vfs, name, flags, result_out););
}

int failing_disk_install(void) {
  if (!system_vfs) system_vfs = sqlite3_vfs_find(NULL);
  if (!system_vfs) return 1;
  failing_vfs = *system_vfs;
  failing_vfs.zName = "failing-disk";
  failing_vfs.szOsFile = (int)offsetof(failing_file, real) + system_vfs->szOsFile;
  failing_vfs.pNext = NULL;
  failing_vfs.xOpen = disk_open;
  failing_vfs.xDelete = disk_delete;
  failing_vfs.xAccess = disk_access;
  return sqlite3_vfs_register(&failing_vfs, 1);
}

void failing_disk_remove(void) {
  if (!system_vfs) return;
  sqlite3_vfs_register(system_vfs, 1);
  sqlite3_vfs_unregister(&failing_vfs);
  pthread_mutex_lock(&lock);
  planned = FAILING_DISK_SOUND;
  disk_image_forget();
  pthread_mutex_unlock(&lock);
}

void failing_disk_plan(enum failing_disk_fault fault, long at, unsigned long long seed) {
  pthread_mutex_lock(&lock);
  planned = fault;
  strike_at = at;
  operations = 0;
  struck = 0;
  random_state = seed;
  pthread_mutex_unlock(&lock);
}

long failing_disk_operations(void) {
  pthread_mutex_lock(&lock);
  long count = operations;
  pthread_mutex_unlock(&lock);
  return count;
}

int failing_disk_has_struck(void) {
  pthread_mutex_lock(&lock);
  int result = struck;
  pthread_mutex_unlock(&lock);
  return result;
}

int failing_disk_save(const char *directory) {
  pthread_mutex_lock(&lock);
  int result = disk_image_save(directory, &random_state);
  pthread_mutex_unlock(&lock);
  return result;
}
