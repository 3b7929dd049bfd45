// Errors as values. Every function that can fail returns Result<T> or Status; no exception crosses a module.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace calve {

/// What a caller may do about a failure. Few on purpose: a new kind needs a caller that acts on it.
enum class ErrorKind {
  kInvalidArgument,   ///< The user asked for something that cannot be: usage or configuration. Exit code 2.
  kNotFound,          ///< The named thing is not there. Retrying does not help.
  kAlreadyExists,     ///< put-if-absent or create lost: somebody else's is there, and it stands.
  kPermissionDenied,  ///< The system refused. Retrying does not help.
  kBadData,           ///< The input's content is at fault (not the call): message names file, offset, reason.
  kConflict,          ///< A precondition did not hold any more (version changed, receipt stale). Reload, decide again.
  kUnavailable,       ///< May pass: time-out, connection, lock, 5xx. It may or may not have taken effect.
  kNoSpace,           ///< Disk or quota full.
  kMachine,           ///< This machine's scratch folder cannot be used. Another machine may do it.
  kCancelled,         ///< The caller asked to stop.
  kDeadlineExceeded,  ///< The deadline passed in has passed.
  kUnprovable,        ///< It cannot be known whether a commit happened. Never guess: a person decides. Exit code 3.
  kCorrupt,           ///< Persisted state (ours or the table's) cannot be read as what it should be.
  kInternal,          ///< A bug of ours, or a library's.
};

/// The kind's name as it stands in logs and JSON, e.g. "not-found".
std::string_view ErrorKindName(ErrorKind kind);

/// A failure: what the caller may do, and one sentence for a person (what, where, why, what to do).
struct Error {
  ErrorKind kind;
  std::string message;
};

/// A T or an Error. std::expected that must not be dropped on the floor.
template <typename T>
struct [[nodiscard]] Result : std::expected<T, Error> {
  using std::expected<T, Error>::expected;
};

/// Success or an Error.
using Status = Result<void>;

/// Makes an error to return: `return Err(ErrorKind::kNotFound, "...")`.
[[nodiscard]] inline std::unexpected<Error> Err(ErrorKind kind, std::string message) {
  return std::unexpected(Error{kind, std::move(message)});
}

/// The same error with "context: " in front of its message.
[[nodiscard]] std::unexpected<Error> WithContext(Error error, std::string_view context);

/// The kind that an errno value stands for (ENOENT -> kNotFound, ENOSPC/EDQUOT -> kNoSpace ...), message = what:
/// strerror.
[[nodiscard]] Error ErrnoError(int errno_value, std::string_view what);

}  // namespace calve

#define CALVE_CONCAT_INNER(a, b) a##b
#define CALVE_CONCAT(a, b) CALVE_CONCAT_INNER(a, b)

/// Returns the error of `expr` (a Status or Result) to the caller, if it is one.
#define CALVE_RETURN_IF_ERROR(expr)                              \
  do {                                                           \
    if (auto calve_status = (expr); !calve_status.has_value()) { \
      return std::unexpected(std::move(calve_status).error());   \
    }                                                            \
  } while (false)

/// `CALVE_ASSIGN_OR_RETURN(auto x, F())`: x = F()'s value, or returns F()'s error.
#define CALVE_ASSIGN_OR_RETURN(lhs, expr) CALVE_ASSIGN_OR_RETURN_IMPL(CALVE_CONCAT(calve_result_, __LINE__), lhs, expr)
#define CALVE_ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr)                     \
  auto tmp = (expr);                                                    \
  if (!tmp.has_value()) return std::unexpected(std::move(tmp).error()); \
  lhs = std::move(tmp).value()
