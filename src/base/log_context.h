// What every log line of a piece of work says about it: load, chunk, attempt, request. Set where the work begins, added
// to each line by the formatter, so that no call in between passes it on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace calve {

/// Names, never contents: nothing of a record or a credential belongs here.
struct LogContext {
  std::string load = {};              ///< Load id.
  std::optional<int64_t> chunk = {};  ///< Its index in the plan.
  std::string attempt = {};           ///< Attempt id.
  std::string request_id = {};        ///< Of the Lambda invocation, or of the worker's message.
};

/// This thread's context. A thread that goes on with the work of another gets a copy of it in a LogScope of its own.
const LogContext& CurrentLogContext();

/// Replaces this thread's context until it goes out of scope. Scopes nest; made and destroyed on one thread.
class LogScope {
 public:
  explicit LogScope(LogContext context);
  ~LogScope();
  LogScope(const LogScope&) = delete;
  LogScope& operator=(const LogScope&) = delete;

  /// The current context with these fields changed: `LogScope::With([&](LogContext& c) { c.chunk = 7; })`.
  template <typename Change>
  [[nodiscard]] static LogScope With(Change change) {
    LogContext context = CurrentLogContext();
    change(context);
    return LogScope(std::move(context));
  }

 private:
  LogContext before_;
};

}  // namespace calve
