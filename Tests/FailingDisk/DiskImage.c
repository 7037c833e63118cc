#include "DiskImage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512 };

/// A write that was not synced; one without bytes is a change of the size.
typedef struct pending {
  struct pending *next;
  sqlite3_int64 offset;
  int count;
  char bytes[];
} pending;

struct disk_image {
  disk_image *next;
  char *name;
  char *bytes;
  sqlite3_int64 size;
  sqlite3_int64 room;
  pending *first;
  pending *last;
  int is_new;
  int is_deleted;
};

static disk_image *images = NULL;

// A test that has no memory left cannot go on.
static void *need(void *memory) {
  if (!memory) abort();
  return memory;
}

static void put(disk_image *image, sqlite3_int64 offset, const char *bytes, int count) {
  sqlite3_int64 end = offset + count;
  if (end > image->room) {
    image->room = end * 2 + SECTOR;
    image->bytes = need(realloc(image->bytes, (size_t)image->room));
  }
  if (end > image->size) {
    memset(image->bytes + image->size, 0, (size_t)(end - image->size));
    image->size = end;
  }
  memcpy(image->bytes + offset, bytes, (size_t)count);
}

static void resize(disk_image *image, sqlite3_int64 size) {
  if (size < image->size) image->size = size;
  if (size > image->size) put(image, size - 1, "", 1);
}

static void drop_pending(disk_image *image) {
  for (pending *each = image->first; each;) {
    pending *next = each->next;
    free(each);
    each = next;
  }
  image->first = image->last = NULL;
}

static disk_image *find(const char *name) {
  for (disk_image *each = images; each; each = each->next)
    if (strcmp(each->name, name) == 0) return each;
  return NULL;
}

disk_image *disk_image_open(const char *name) {
  disk_image *image = find(name);
  if (!image) {
    image = need(calloc(1, sizeof *image));
    image->name = need(strdup(name));
    image->next = images;
    images = image;
    image->is_new = 1;
    FILE *file = fopen(name, "rb");
    char buffer[4096];
    for (size_t count; file && (count = fread(buffer, 1, sizeof buffer, file)) > 0;)
      put(image, image->size, buffer, (int)count);
    if (file) fclose(file);
  } else if (image->is_deleted) {
    // A new file of the name: what the old one held does not come back under it.
    drop_pending(image);
    image->size = 0;
    image->is_new = 1;
    image->is_deleted = 0;
  }
  return image;
}

static void remember(disk_image *image, sqlite3_int64 offset, const void *bytes, int count) {
  if (!image) return;
  pending *each = need(calloc(1, sizeof *each + (size_t)count));
  each->offset = offset;
  each->count = count;
  if (count) memcpy(each->bytes, bytes, (size_t)count);
  if (image->last) image->last->next = each;
  else image->first = each;
  image->last = each;
}

void disk_image_write(disk_image *image, sqlite3_int64 offset, const void *bytes, int count) {
  remember(image, offset, bytes, count);
}

void disk_image_truncate(disk_image *image, sqlite3_int64 size) {
  remember(image, size, NULL, 0);
}

/// Nothing that was deleted comes back.
static void sync_directory(void) {
  for (disk_image *each = images; each; each = each->next) {
    if (!each->is_deleted) continue;
    drop_pending(each);
    each->size = -1;
  }
}

void disk_image_sync(disk_image *image) {
  if (!image) return;
  // SQLite's file system for Unix syncs the directory with the first sync of a new log or journal.
  if (image->is_new) sync_directory();
  image->is_new = 0;
  for (pending *each = image->first; each; each = each->next) {
    if (each->count) put(image, each->offset, each->bytes, each->count);
    else resize(image, each->offset);
  }
  drop_pending(image);
}

void disk_image_delete(const char *name, int syncs) {
  disk_image *image = find(name);
  if (!image) return;
  image->is_deleted = 1;
  if (syncs) sync_directory();
}

// SplitMix64.
static unsigned long long random_number(unsigned long long *state) {
  unsigned long long mixed = (*state += 0x9E3779B97F4A7C15ULL);
  mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9ULL;
  mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBULL;
  return mixed ^ mixed >> 31;
}

/// Sector by sector: on the disk, or not, or only its beginning.
static void put_some(disk_image *image, const pending *write, unsigned long long *state) {
  for (sqlite3_int64 at = write->offset; at < write->offset + write->count;) {
    sqlite3_int64 end = (at / SECTOR + 1) * SECTOR;
    if (end > write->offset + write->count) end = write->offset + write->count;
    int count = (int)(end - at);
    switch (random_number(state) % 4) {
      case 0: break;
      case 1: count = (int)(random_number(state) % (unsigned long long)count) + 1;
      // fall through
      default: put(image, at, write->bytes + (at - write->offset), count);
    }
    at = end;
  }
}

int disk_image_save(const char *directory, unsigned long long *state) {
  int problems = 0;
  for (disk_image *image = images; image; image = image->next) {
    if (image->size < 0 || (image->is_deleted && random_number(state) % 2)) continue;
    for (pending *each = image->first; each; each = each->next) {
      if (each->count) put_some(image, each, state);
      else if (random_number(state) % 2) resize(image, each->offset);
    }
    const char *base = strrchr(image->name, '/');
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, base ? base + 1 : image->name);
    FILE *file = fopen(path, "wb");
    if (!file) {
      problems++;
      continue;
    }
    if (image->size > 0) problems += fwrite(image->bytes, (size_t)image->size, 1, file) != 1;
    problems += fclose(file) != 0;
  }
  return problems;
}

void disk_image_forget(void) {
  while (images) {
    disk_image *next = images->next;
    drop_pending(images);
    free(images->name);
    free(images->bytes);
    free(images);
    images = next;
  }
}
