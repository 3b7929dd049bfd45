#include "cli/signals.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace calve::cli {
namespace {

constexpr int kInterruptedCode = 130;

// Lock-free, as a signal handler needs it.
std::atomic<CancelToken*> interrupt_token{nullptr};
static_assert(std::atomic<CancelToken*>::is_always_lock_free);

extern "C" void OnInterrupt(int /*signal*/) {
  CancelToken* const token = interrupt_token.load(std::memory_order_relaxed);
  if (token == nullptr || token->cancelled()) _exit(kInterruptedCode);
  token->Cancel();
}

}  // namespace

void IgnoreBrokenPipes() { std::signal(SIGPIPE, SIG_IGN); }

void HandleInterrupts(CancelToken* token) {
  interrupt_token.store(token, std::memory_order_relaxed);
  struct sigaction action{};
  action.sa_handler = OnInterrupt;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace calve::cli
