// What a disk has of each file, and what was written to it since it was last synced.
#ifndef DISK_IMAGE_H
#define DISK_IMAGE_H

#include <sqlite3.h>

typedef struct disk_image disk_image;

/// The image of the file of this name; begun with what the file holds now.
disk_image *disk_image_open(const char *name);

/// Remembers a write that has not been synced.
void disk_image_write(disk_image *image, sqlite3_int64 offset, const void *bytes, int count);

/// Remembers a change of the size that has not been synced.
void disk_image_truncate(disk_image *image, sqlite3_int64 size);

/// Everything that was written is on the disk.
void disk_image_sync(disk_image *image);

/// The file is gone; or may come back, when the directory was not synced.
void disk_image_delete(const char *name, int syncs);

/// Writes what is left of each file, when the power goes now, into this directory; 0 when it worked.
int disk_image_save(const char *directory, unsigned long long *random_state);

/// Forgets all files.
void disk_image_forget(void);

#endif
