#include "CPostgreSQL.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/// Finds one function; returns its name when the library does not have it.
static const char *find(void *library, const char *name, void *function) {
  void *symbol = dlsym(library, name);
  if (!symbol) return name;
  memcpy(function, &symbol, sizeof symbol);
  return NULL;
}

const struct planwright_libpq *planwright_libpq_open(const char *path, const char **missing) {
  *missing = NULL;
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) return NULL;
  struct planwright_libpq *functions = calloc(1, sizeof *functions);
  if (!functions) return NULL;
#define FIND(result, name, parameters) \
  if (!*missing) *missing = find(library, #name, &functions->name);
  PLANWRIGHT_LIBPQ(FIND)
  if (!*missing) return functions;
  free(functions);
  return NULL;
}
