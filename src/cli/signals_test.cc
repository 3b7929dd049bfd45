#include "cli/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace calve::cli {
namespace {

// Each in a process of its own, as the handlers are the process's.

TEST(SignalsDeathTest, TheFirstAsksTheSecondEnds) {
  for (const int signal : {SIGINT, SIGTERM}) {
    EXPECT_EXIT(
        {
          static CancelToken token;
          HandleInterrupts(&token);
          if (token.cancelled()) _exit(1);
          std::raise(signal);
          if (!token.cancelled()) _exit(2);
          std::raise(SIGINT);
          _exit(3);
        },
        testing::ExitedWithCode(130), "");
  }
}

TEST(SignalsDeathTest, WithoutATokenTheFirstEnds) {
  EXPECT_EXIT(
      {
        HandleInterrupts(nullptr);
        std::raise(SIGINT);
        _exit(3);
      },
      testing::ExitedWithCode(130), "");
}

TEST(SignalsDeathTest, ABrokenPipeIsAnError) {
  EXPECT_EXIT(
      {
        IgnoreBrokenPipes();
        int ends[2];
        if (pipe(ends) != 0) _exit(1);
        close(ends[0]);
        _exit(write(ends[1], "x", 1) == -1 && errno == EPIPE ? 0 : 2);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace calve::cli
