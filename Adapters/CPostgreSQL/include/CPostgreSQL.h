// The part of libpq's binary interface that the adapter uses, and a loader for the library.
//
// The library is opened at run time, so that a program which never opens a PostgreSQL store needs
// neither the library nor its headers. The types and numbers are those of libpq 14 and later.
#ifndef PLANWRIGHT_CPOSTGRESQL_H
#define PLANWRIGHT_CPOSTGRESQL_H

/// A connection of libpq.
typedef struct pg_conn planwright_pg_conn;
/// A result of libpq.
typedef struct pg_result planwright_pg_result;

/// A notification that a connection has received (`PGnotify`).
struct planwright_pg_notification {
  char *_Nonnull channel;
  int backend;
  char *_Nonnull payload;
  void *_Nullable next;
};

/// A parameter of a connection string (`PQconninfoOption`).
struct planwright_pg_option {
  char *_Nullable keyword;
  char *_Nullable environment;
  char *_Nullable compiled;
  char *_Nullable value;
  char *_Nullable label;
  char *_Nullable display;
  int width;
};

/// Receives the notices of a server.
typedef void (*planwright_pg_notice)(
    void *_Nullable context, const planwright_pg_result *_Nullable notice);

// The functions of libpq: the type of the result, the name, the parameters.
#define PLANWRIGHT_LIBPQ(F)                                                                        \
  F(int, PQlibVersion, (void))                                                                     \
  F(struct planwright_pg_option *_Nullable, PQconninfoParse,                                       \
    (const char *_Nonnull text, char *_Nullable *_Nullable error))                                 \
  F(void, PQconninfoFree, (struct planwright_pg_option *_Nullable options))                        \
  F(planwright_pg_conn *_Nullable, PQconnectStartParams,                                           \
    (const char *_Nullable const *_Nonnull names, const char *_Nullable const *_Nonnull values,    \
     int expand))                                                                                  \
  F(int, PQconnectPoll, (planwright_pg_conn *_Nonnull c))                                          \
  F(int, PQconnectionNeedsPassword, (const planwright_pg_conn *_Nonnull c))                        \
  F(int, PQstatus, (const planwright_pg_conn *_Nonnull c))                                         \
  F(int, PQtransactionStatus, (const planwright_pg_conn *_Nonnull c))                              \
  F(int, PQserverVersion, (const planwright_pg_conn *_Nonnull c))                                  \
  F(int, PQsocket, (const planwright_pg_conn *_Nonnull c))                                         \
  F(int, PQbackendPID, (const planwright_pg_conn *_Nonnull c))                                     \
  F(int, PQsslInUse, (planwright_pg_conn *_Nonnull c))                                             \
  F(const char *_Nullable, PQsslAttribute,                                                         \
    (planwright_pg_conn *_Nonnull c, const char *_Nonnull name))                                   \
  F(char *_Nullable, PQerrorMessage, (const planwright_pg_conn *_Nonnull c))                       \
  F(int, PQsetErrorVerbosity, (planwright_pg_conn *_Nonnull c, int verbosity))                     \
  F(planwright_pg_notice _Nullable, PQsetNoticeReceiver,                                           \
    (planwright_pg_conn *_Nonnull c, planwright_pg_notice _Nonnull receiver,                       \
     void *_Nullable context))                                                                     \
  F(int, PQsetnonblocking, (planwright_pg_conn *_Nonnull c, int value))                            \
  F(int, PQenterPipelineMode, (planwright_pg_conn *_Nonnull c))                                    \
  F(int, PQpipelineSync, (planwright_pg_conn *_Nonnull c))                                         \
  F(int, PQsendPrepare,                                                                            \
    (planwright_pg_conn *_Nonnull c, const char *_Nonnull name, const char *_Nonnull sql,          \
     int count, const unsigned *_Nullable types))                                                  \
  F(int, PQsendQueryPrepared,                                                                      \
    (planwright_pg_conn *_Nonnull c, const char *_Nonnull name, int count,                         \
     const char *_Nullable const *_Nullable values, const int *_Nullable lengths,                  \
     const int *_Nullable formats, int result_format))                                             \
  F(int, PQflush, (planwright_pg_conn *_Nonnull c))                                                \
  F(int, PQconsumeInput, (planwright_pg_conn *_Nonnull c))                                         \
  F(int, PQisBusy, (planwright_pg_conn *_Nonnull c))                                               \
  F(planwright_pg_result *_Nullable, PQgetResult, (planwright_pg_conn *_Nonnull c))                \
  F(struct planwright_pg_notification *_Nullable, PQnotifies, (planwright_pg_conn *_Nonnull c))    \
  F(void, PQfreemem, (void *_Nullable memory))                                                     \
  F(void, PQfinish, (planwright_pg_conn *_Nonnull c))                                              \
  F(int, PQresultStatus, (const planwright_pg_result *_Nonnull r))                                 \
  F(char *_Nullable, PQresultErrorField, (const planwright_pg_result *_Nonnull r, int field))      \
  F(int, PQntuples, (const planwright_pg_result *_Nonnull r))                                      \
  F(int, PQnfields, (const planwright_pg_result *_Nonnull r))                                      \
  F(char *_Nullable, PQfname, (const planwright_pg_result *_Nonnull r, int column))                \
  F(unsigned, PQftype, (const planwright_pg_result *_Nonnull r, int column))                       \
  F(int, PQfformat, (const planwright_pg_result *_Nonnull r, int column))                          \
  F(char *_Nullable, PQgetvalue, (const planwright_pg_result *_Nonnull r, int row, int column))    \
  F(int, PQgetlength, (const planwright_pg_result *_Nonnull r, int row, int column))               \
  F(int, PQgetisnull, (const planwright_pg_result *_Nonnull r, int row, int column))               \
  F(char *_Nullable, PQcmdTuples, (planwright_pg_result *_Nonnull r))                              \
  F(void, PQclear, (planwright_pg_result *_Nullable r))

#define PLANWRIGHT_LIBPQ_MEMBER(result, name, parameters) result(*_Nonnull name) parameters;

/// The functions of a loaded libpq, each under its own name.
struct planwright_libpq {
  PLANWRIGHT_LIBPQ(PLANWRIGHT_LIBPQ_MEMBER)
};

/// Opens the library at this path and finds its functions.
///
/// Returns NULL when the library cannot be opened; then `missing` is NULL. Returns NULL with the
/// name of a function in `missing` when the library has no such function. The result is never
/// changed; `free` releases it, and the library stays open until the process ends.
const struct planwright_libpq *_Nullable planwright_libpq_open(
    const char *_Nonnull path, const char *_Nullable *_Nonnull missing);

#endif
