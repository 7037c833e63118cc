#ifndef ALLOCATION_COUNT_H
#define ALLOCATION_COUNT_H

/// How many blocks the calling thread has allocated; -1 where they are not counted.
///
/// A program that links this counts them: its `malloc` and relatives come before those of the C
/// library. Only with glibc.
long allocation_count(void);

#endif
