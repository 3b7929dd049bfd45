// SqliteQueue among processes: forked children that hold leases, are killed, or work at the same time. A child opens
// its own connection, talks to the parent over pipes or files, and leaves by _exit or by a signal.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "contract/temp_dir.h"
#include "queue/sqlite_queue.h"

namespace calve::queue {
namespace {

using namespace std::chrono_literals;

constexpr auto kLong = std::chrono::milliseconds(10min);

class SqliteQueueProcess : public testing::Test {
 protected:
  std::unique_ptr<SqliteQueue> Open(int max_receives = 3) {
    auto queue =
        SqliteQueue::Open(path_, "chunks", {.max_receives = max_receives, .owner = {}}, SystemClock(), SystemRng());
    if (!queue) {
      ADD_FAILURE() << queue.error().message;
      return nullptr;
    }
    return std::move(*queue);
  }

  static Status SendNumbers(SqliteQueue& queue, int count) {
    std::vector<Message> messages;
    for (int i = 0; i < count; ++i) messages.push_back({.body = std::to_string(i), .dedup_id = {}});
    return queue.Send(messages);
  }

  /// Forks a child that runs `body` and exits with what it returns.
  static pid_t Fork(const std::function<int()>& body) {
    const pid_t pid = fork();
    if (pid == 0) _exit(body());
    return pid;
  }

  static int Wait(pid_t pid) {
    int status = 0;
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    return status;
  }

  /// A child that has taken `count` messages and holds them; returns once it does.
  pid_t Holder(int count) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const pid_t pid = Fork([&] {
      const auto queue = Open();
      const auto got = queue->Receive(count, kLong, 0ms);
      const bool ok = got.has_value() && static_cast<int>(got->size()) == count;
      if (write(ends[1], ok ? "y" : "n", 1) != 1) return 1;
      for (;;) pause();
    });
    close(ends[1]);
    char answer = 0;
    EXPECT_EQ(read(ends[0], &answer, 1), 1);
    EXPECT_EQ(answer, 'y');
    close(ends[0]);
    return pid;
  }

  /// One line, by one write: O_APPEND keeps the lines of several processes apart.
  static void Log(const std::string& log, const std::string& body) {
    const int fd = open(log.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    const std::string line = body + "\n";
    EXPECT_EQ(write(fd, line.data(), line.size()), static_cast<ssize_t>(line.size()));
    close(fd);
  }

  static std::map<std::string, int> ReadLog(const std::string& log) {
    std::map<std::string, int> seen;
    std::ifstream file(log);
    for (std::string line; std::getline(file, line);) ++seen[line];
    return seen;
  }

  /// Receives, logs and deletes until the queue is empty; an exit code.
  int Drain(const std::string& log) {
    const auto queue = Open();
    if (queue == nullptr) return 1;
    for (;;) {
      const auto got = queue->Receive(3, kLong, 0ms);
      if (!got) return 2;
      if (got->empty()) return 0;
      for (const Delivery& delivery : *got) {
        Log(log, delivery.body);
        if (!queue->Delete(delivery.receipt)) return 3;
      }
    }
  }

  TempDir dir_;
  std::string path_ = dir_ / "queue.db";
};

TEST_F(SqliteQueueProcess, WhatAKilledProcessHeldIsGivenBackAtOnce) {
  ASSERT_TRUE(SendNumbers(*Open(), 2));
  for (int round = 0; round < 5; ++round) {  // More kills than a message has receives.
    const pid_t child = Holder(2);
    const auto queue = Open();
    EXPECT_EQ(*queue->ReleaseDeadLeases(), 0) << "its holder lives";
    ASSERT_EQ(kill(child, SIGKILL), 0);
    // Not waited for yet: a zombie is dead, too. The kernel needs a moment to make it one.
    int64_t released = 0;
    for (int i = 0; i < 500 && released == 0; ++i) {
      released = *queue->ReleaseDeadLeases();
      if (released == 0) std::this_thread::sleep_for(10ms);
    }
    EXPECT_EQ(released, 2);
    EXPECT_TRUE(WIFSIGNALED(Wait(child)));
    EXPECT_EQ(*queue->ReleaseDeadLeases(), 0);
    EXPECT_EQ(queue->Stats()->visible, 2);
  }
  const auto queue = Open();
  const auto got = queue->Receive(2, kLong, 0ms);
  ASSERT_EQ(got->size(), 2U);
  for (const Delivery& delivery : *got) {
    EXPECT_EQ(delivery.receive_count, 1) << "a kill must not use up receives";
    EXPECT_TRUE(queue->Delete(delivery.receipt));
  }
  EXPECT_EQ(queue->Stats()->dead, 0);
}

TEST_F(SqliteQueueProcess, AReapedProcessIsDeadToo) {
  ASSERT_TRUE(SendNumbers(*Open(), 1));
  const pid_t child = Holder(1);
  ASSERT_EQ(kill(child, SIGKILL), 0);
  Wait(child);
  EXPECT_EQ(*Open()->ReleaseDeadLeases(), 1);
}

TEST_F(SqliteQueueProcess, AnotherProcesssSendEndsAWait) {
  const auto queue = Open();
  const pid_t child = Fork([&] {
    std::this_thread::sleep_for(100ms);
    return SendNumbers(*Open(), 1) ? 0 : 1;
  });
  const auto start = std::chrono::steady_clock::now();
  const auto got = queue->Receive(1, kLong, 30s);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->size(), 1U);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
  EXPECT_EQ(Wait(child), 0);
}

TEST_F(SqliteQueueProcess, ManyMayCreateTheFileAtOnce) {
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    children.push_back(Fork([&] {
      const auto queue = Open();
      return queue != nullptr && SendNumbers(*queue, 5) ? 0 : 1;
    }));
  }
  for (const pid_t child : children) EXPECT_EQ(Wait(child), 0);
  EXPECT_EQ(Open()->Stats()->visible, 40);
}

TEST_F(SqliteQueueProcess, ProcessesShareTheWork) {
  constexpr int kMessages = 120;
  ASSERT_TRUE(SendNumbers(*Open(), kMessages));
  const std::string log = dir_ / "log";
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    children.push_back(Fork([&] { return Drain(log); }));
  }
  for (const pid_t child : children) EXPECT_EQ(Wait(child), 0);
  const auto seen = ReadLog(log);
  EXPECT_EQ(seen.size(), static_cast<size_t>(kMessages));
  for (const auto& [body, count] : seen) EXPECT_EQ(count, 1) << body;
  EXPECT_EQ(Open()->Stats()->visible + Open()->Stats()->in_flight, 0);
}

TEST_F(SqliteQueueProcess, KillsAtAnyMomentLoseNothing) {
  constexpr int kMessages = 150;
  ASSERT_TRUE(SendNumbers(*Open(), kMessages));
  const std::string log = dir_ / "log";
  int kills = 0;
  for (int round = 0; round < 200; ++round) {
    const pid_t child = Fork([&] { return Drain(log); });
    std::this_thread::sleep_for(std::chrono::milliseconds(5 + round * 7 % 20));
    kill(child, SIGKILL);
    const int status = Wait(child);
    EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    kills += WIFSIGNALED(status) ? 1 : 0;
    const auto queue = Open();
    ASSERT_NE(queue, nullptr);
    const auto released = queue->ReleaseDeadLeases();
    ASSERT_TRUE(released) << released.error().message;
    const auto stats = queue->Stats();
    ASSERT_EQ(stats->in_flight, 0);
    if (stats->visible == 0) break;
  }
  EXPECT_GT(kills, 0);
  const auto queue = Open();
  for (;;) {  // What slow machines have left.
    const auto rest = queue->Receive(10, kLong, 0ms);
    ASSERT_TRUE(rest);
    if (rest->empty()) break;
    for (const Delivery& delivery : *rest) {
      Log(log, delivery.body);
      ASSERT_TRUE(queue->Delete(delivery.receipt));
    }
  }
  EXPECT_EQ(ReadLog(log).size(), static_cast<size_t>(kMessages));
  EXPECT_EQ(queue->Stats()->dead, 0);
}

}  // namespace
}  // namespace calve::queue
