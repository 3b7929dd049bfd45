#include "base/log_context.h"

namespace calve {
namespace {

LogContext& Current() {
  thread_local LogContext context;
  return context;
}

}  // namespace

const LogContext& CurrentLogContext() { return Current(); }

LogScope::LogScope(LogContext context) : before_(std::exchange(Current(), std::move(context))) {}

LogScope::~LogScope() { Current() = std::move(before_); }

}  // namespace calve
