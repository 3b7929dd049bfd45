#include "queue/lease_owner.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace calve::queue {
namespace {

std::vector<std::string> Parts(const std::string& owner) {
  std::vector<std::string> parts(1);
  for (const char c : owner) {
    if (c == '/') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::string Join(const std::vector<std::string>& parts) {
  return parts[0] + "/" + parts[1] + "/" + parts[2] + "/" + parts[3];
}

TEST(LeaseOwner, ThisProcessLives) {
  const std::string self = CurrentOwner();
  EXPECT_EQ(CurrentOwner(), self);
  const std::vector<std::string> parts = Parts(self);
  ASSERT_EQ(parts.size(), 4U);
  EXPECT_EQ(parts[2], std::to_string(getpid()));
  EXPECT_TRUE(std::ranges::all_of(parts, [](const std::string& part) { return !part.empty(); })) << self;
  EXPECT_EQ(OwnerLiveness(self), Liveness::kAlive);
}

TEST(LeaseOwner, AYoungerProcessOfTheSameNumberIsAnother) {
  std::vector<std::string> parts = Parts(CurrentOwner());
  parts[3] = std::to_string(std::stoll(parts[3]) - 1);
  EXPECT_EQ(OwnerLiveness(Join(parts)), Liveness::kDead);
}

TEST(LeaseOwner, AnotherBootIsDeadAnotherNamespaceIsNotOurs) {
  std::vector<std::string> parts = Parts(CurrentOwner());
  parts[1] = "pid:[1]";
  EXPECT_EQ(OwnerLiveness(Join(parts)), Liveness::kUnknown);
  parts[0] = "another boot";
  EXPECT_EQ(OwnerLiveness(Join(parts)), Liveness::kDead);
}

TEST(LeaseOwner, OtherFormsAreUnknown) {
  std::vector<std::string> parts = Parts(CurrentOwner());
  for (const std::string pid : {"", "0", "-1", "12x", "99999999999999999999"}) {
    parts[2] = pid;
    EXPECT_EQ(OwnerLiveness(Join(parts)), Liveness::kUnknown) << pid;
  }
  for (const std::string owner : {"", "lambda-7", "a/b/c", "a/b/c/d/e", "///"}) {
    EXPECT_EQ(OwnerLiveness(owner), Liveness::kUnknown) << owner;
  }
}

TEST(LeaseOwner, AChildThroughItsLife) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string self = CurrentOwner();
    if (write(ends[1], self.data(), self.size()) < 0) _exit(1);
    for (;;) pause();
  }
  char buffer[256];
  const ssize_t n = read(ends[0], buffer, sizeof buffer);
  ASSERT_GT(n, 0);
  const std::string owner(buffer, static_cast<size_t>(n));
  EXPECT_EQ(OwnerLiveness(owner), Liveness::kAlive);

  ASSERT_EQ(kill(child, SIGKILL), 0);
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(OwnerLiveness(owner), Liveness::kDead) << "a zombie";
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_EQ(OwnerLiveness(owner), Liveness::kDead) << "reaped";
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace calve::queue
