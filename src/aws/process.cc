#include "aws/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/clock.h"

extern char** environ;

namespace calve::aws {
namespace {

constexpr size_t kMaxBytes = size_t{1} << 20U;

/// A started shell in a process group of its own; killed and reaped at the latest by the destructor.
class Shell {
 public:
  ~Shell() {
    if (pid_ > 0) {
      kill(-pid_, SIGKILL);
      Wait();
    }
    if (out_ >= 0) close(out_);
  }

  Status Start(const std::string& command) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return std::unexpected(ErrnoError(errno, "pipe for a credential process"));
    out_ = ends[0];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    std::string shell = "sh";
    std::string option = "-c";
    std::string text = command;
    char* const arguments[] = {shell.data(), option.data(), text.data(), nullptr};
    const int error = posix_spawn(&pid_, "/bin/sh", &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (error != 0) {
      pid_ = -1;
      return std::unexpected(ErrnoError(error, "start /bin/sh for a credential process"));
    }
    return {};
  }

  int out() const { return out_; }

  /// The exit status as waitpid has it.
  int Wait() {
    int status = -1;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
};

}  // namespace

Result<std::string> RunCommand(const std::string& command, std::chrono::milliseconds time_limit) {
  // The command's text may hold secrets: it is in no message.
  Shell shell;
  CALVE_RETURN_IF_ERROR(shell.Start(command));
  std::string text;
  const auto until = SystemClock().Monotonic() + time_limit;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - SystemClock().Monotonic());
    pollfd wait{.fd = shell.out(), .events = POLLIN, .revents = 0};
    const int ready = left.count() > 0 ? poll(&wait, 1, static_cast<int>(left.count())) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Err(ErrorKind::kUnavailable, "the credential process is not done in time");
    char buffer[4096];
    const ssize_t got = read(shell.out(), buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(ErrnoError(errno, "read from the credential process"));
    if (got == 0) break;
    text.append(buffer, static_cast<size_t>(got));
    if (text.size() > kMaxBytes) return Err(ErrorKind::kUnavailable, "the credential process prints without end");
  }
  const int status = shell.Wait();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return Err(ErrorKind::kUnavailable,
               fmt::format("the credential process ended with {} {}", WIFEXITED(status) ? "exit code" : "signal",
                           WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status)));
  }
  return text;
}

}  // namespace calve::aws
