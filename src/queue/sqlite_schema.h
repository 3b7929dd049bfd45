// The layout of a queue file (docs/queue.md), and busy retries.
#pragma once

#include "base/backoff.h"
#include "base/clock.h"
#include "base/rng.h"
#include "sqlite/connection.h"

namespace calve::queue {

/// How often a statement that met another connection's lock is tried again, after SQLite's own busy time-out each time.
inline constexpr BackoffPolicy kBusyRetries{
    .max_retries = 3, .min_wait = std::chrono::milliseconds(20), .max_wait = std::chrono::milliseconds(500)};

/// Calls `call` until it is not kUnavailable, at most 1 + max_retries times. For calls without effect when unavailable.
template <typename Call>
auto RetryBusy(Clock& clock, Rng& rng, Call call) -> decltype(call()) {
  for (int attempt = 0;; ++attempt) {
    auto result = call();
    if (result.has_value() || result.error().kind != ErrorKind::kUnavailable || attempt >= kBusyRetries.max_retries) {
      return result;
    }
    clock.SleepFor(BackoffWait(kBusyRetries, attempt, rng));
  }
}

inline constexpr sqlite::Role kQueueFile = {.noun = "queue file", .is_no = "is not a calve queue"};

enum class SchemaState {
  kFresh,    ///< An empty database: nobody's yet.
  kCurrent,  ///< A queue file that this program knows.
};

/// What `db` is. kCorrupt, saying why, when it is neither.
Result<SchemaState> InspectSchema(sqlite::Connection& db);

/// Makes `db` ready for use: WAL, and the tables if it is fresh. Several processes may do so at once.
Status PrepareSchema(sqlite::Connection& db, Clock& clock, Rng& rng);

}  // namespace calve::queue
