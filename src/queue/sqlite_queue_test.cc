// What SqliteQueue does beyond the contract suite (tests/contract/queue_contract.h).
#include "queue/sqlite_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "contract/temp_dir.h"
#include "fakes/fake_clock.h"
#include "queue/lease_owner.h"
#include "queue/sqlite_schema.h"
#include "sqlite/connection.h"

namespace calve::queue {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr auto kLong = std::chrono::milliseconds(10min);

class SqliteQueueTest : public testing::Test {
 protected:
  Result<std::unique_ptr<SqliteQueue>> TryOpen(SqliteQueue::Options options = {.max_receives = 2, .owner = {}},
                                               std::string_view name = "chunks") {
    return SqliteQueue::Open(path_, name, std::move(options), clock_, rng_);
  }
  std::unique_ptr<SqliteQueue> Open(SqliteQueue::Options options = {.max_receives = 2, .owner = {}},
                                    std::string_view name = "chunks") {
    auto queue = TryOpen(std::move(options), name);
    EXPECT_TRUE(queue) << queue.error().message;
    return std::move(*queue);
  }
  static void Send(SqliteQueue& queue, std::string body, std::string dedup_id = {}) {
    const std::vector<Message> one{{.body = std::move(body), .dedup_id = std::move(dedup_id)}};
    const Status status = queue.Send(one);
    ASSERT_TRUE(status) << status.error().message;
  }
  static Delivery Take(SqliteQueue& queue, std::chrono::milliseconds visibility = kLong) {
    const auto got = queue.Receive(1, visibility, 0ms);
    EXPECT_TRUE(got.has_value() && got->size() == 1);
    return got.has_value() && got->size() == 1 ? got->front() : Delivery{};
  }
  void Sql(const std::string& sql) {
    auto db = sqlite::Connection::Open(path_, kQueueFile, sqlite::Connection::Mode::kCreate, 5000ms);
    ASSERT_TRUE(db) << db.error().message;
    const Status status = (*db)->Exec(sql);
    ASSERT_TRUE(status) << status.error().message;
  }
  std::string OpenError() {
    const auto queue = TryOpen();
    if (queue) return "no error";
    return std::string(ErrorKindName(queue.error().kind)) + ": " + queue.error().message;
  }

  TempDir dir_;
  std::string path_ = dir_ / "queue.db";
  FakeClock clock_;
  SeededRng rng_{1};
};

TEST_F(SqliteQueueTest, MessagesOutliveTheProcess) {
  Send(*Open(), "m");
  EXPECT_EQ(Take(*Open()).body, "m");
}

TEST_F(SqliteQueueTest, DedupIdsHoldWhileTheMessageIsWaitingOrHeld) {
  const auto queue = Open();
  Send(*queue, "m", "chunk-1");
  Send(*queue, "m", "chunk-1");
  Send(*queue, "n", "chunk-2");
  Send(*queue, "free");
  Send(*queue, "free");
  EXPECT_EQ(queue->Stats()->visible, 4);
  const Delivery held = Take(*queue);
  ASSERT_EQ(held.body, "m");
  Send(*queue, "m", "chunk-1");
  EXPECT_EQ(queue->Stats()->visible, 3);
  ASSERT_TRUE(queue->Delete(held.receipt));
  Send(*queue, "m", "chunk-1");
  EXPECT_EQ(queue->Stats()->visible, 4);
}

TEST_F(SqliteQueueTest, RedriveMeetsANewcomerOfTheSameDedupId) {
  const auto queue = Open();
  Send(*queue, "m", "chunk-1");
  ASSERT_TRUE(queue->Fail(Take(*queue), "sick", FailMode::kPermanent, 0ms));
  Send(*queue, "m", "chunk-1");
  EXPECT_EQ(*queue->Redrive(), 0);
  EXPECT_EQ(queue->Stats()->visible, 1);
  EXPECT_EQ(queue->Stats()->dead, 0);
}

TEST_F(SqliteQueueTest, QueuesOfAFileAreApart) {
  const auto chunks = Open();
  const auto files = Open({}, "files");
  Send(*chunks, "c");
  Send(*files, "f");
  Send(*files, "g");
  const Delivery file = Take(*files);
  EXPECT_EQ(chunks->Delete(file.receipt).error().kind, ErrorKind::kConflict);
  ASSERT_TRUE(chunks->Fail(Take(*chunks), "sick", FailMode::kPermanent, 0ms));
  EXPECT_EQ(*files->Redrive(), 0);
  const auto queues = SqliteQueue::ListQueues(path_, clock_);
  ASSERT_TRUE(queues) << queues.error().message;
  ASSERT_EQ(queues->size(), 2U);
  EXPECT_EQ((*queues)[0].name, "chunks");
  EXPECT_EQ((*queues)[0].stats.dead, 1);
  EXPECT_EQ((*queues)[1].name, "files");
  EXPECT_EQ((*queues)[1].stats.visible, 1);
  EXPECT_EQ((*queues)[1].stats.in_flight, 1);
}

TEST_F(SqliteQueueTest, TheExpiredButNotRedeliveredIsStillItsHolders) {
  const auto queue = Open();
  Send(*queue, "m");
  const Delivery held = Take(*queue, 1s);
  clock_.Advance(1h);
  EXPECT_TRUE(queue->Extend(held.receipt, 1s));
  clock_.Advance(1h);
  EXPECT_TRUE(queue->Delete(held.receipt));
}

TEST_F(SqliteQueueTest, TheReasonForSilenceCountsTheDeliveries) {
  const auto queue = Open({.max_receives = 3, .owner = {}});
  Send(*queue, "m");
  for (int i = 0; i < 3; ++i) {
    Take(*queue, 1s);
    clock_.Advance(1s);
  }
  EXPECT_TRUE(queue->Receive(1, kLong, 0ms)->empty());
  EXPECT_EQ(queue->ListDead(10)->front().reason, "delivered 3 times without an answer");
  EXPECT_EQ(queue->ListDead(10)->front().died_ms, ToMillis(clock_.Now()));
}

TEST_F(SqliteQueueTest, TheLastReasonGivenIsKept) {
  const auto queue = Open();
  Send(*queue, "m");
  ASSERT_TRUE(queue->Fail(Take(*queue), "out of memory", FailMode::kRetry, 0ms));
  Take(*queue, 1s);
  clock_.Advance(1s);
  EXPECT_TRUE(queue->Receive(1, kLong, 0ms)->empty());
  EXPECT_EQ(queue->ListDead(10)->front().reason, "out of memory");
}

TEST_F(SqliteQueueTest, DeadOnesDoNotHideTheLiving) {
  const auto queue = Open({.max_receives = 1, .owner = {}});
  for (int i = 0; i < 25; ++i) Send(*queue, "dying");
  EXPECT_EQ(queue->Receive(25, 1s, 0ms)->size(), 25U);
  clock_.Advance(2s);
  Send(*queue, "living");
  EXPECT_EQ(Take(*queue).body, "living");
  EXPECT_EQ(queue->Stats()->dead, 25);
}

TEST_F(SqliteQueueTest, AReceiveWaitsInShortSleeps) {
  const auto queue = Open();
  const auto start = clock_.Monotonic();
  EXPECT_TRUE(queue->Receive(1, kLong, 120ms)->empty());
  EXPECT_EQ(clock_.Monotonic() - start, 120ms);

  // A message that turns visible while somebody waits ends the wait.
  Send(*queue, "m");
  Take(*queue, 200ms);
  EXPECT_EQ(queue->Receive(1, kLong, 10s)->size(), 1U);
  EXPECT_LE(clock_.Monotonic() - start, 120ms + 250ms);
}

TEST_F(SqliteQueueTest, LeasesOfAnEarlierBootAreReleased) {
  const std::string self = CurrentOwner();
  const std::string other_boot = "00000000-0000-0000-0000-000000000000" + self.substr(self.find('/'));
  const std::string other_namespace = self.substr(0, self.find('/')) + "/pid:[1]/1/1";
  for (const std::string& owner : {other_boot, other_namespace, std::string("somebody else"), self}) {
    const auto queue = Open({.max_receives = 2, .owner = owner});
    Send(*queue, owner);
    EXPECT_EQ(Take(*queue).body, owner);
  }
  const auto queue = Open();
  EXPECT_EQ(*queue->ReleaseDeadLeases(), 1) << "only what is proven dead";
  const Delivery again = Take(*queue);
  EXPECT_EQ(again.body, other_boot);
  EXPECT_EQ(again.receive_count, 1);
}

TEST_F(SqliteQueueTest, ReleaseMakesOldReceiptsStale) {
  const std::string dead = "0/0/0/0";
  const auto before = Open({.max_receives = 2, .owner = dead});
  Send(*before, "m");
  const Delivery old = Take(*before);
  const auto after = Open();
  ASSERT_EQ(*after->ReleaseDeadLeases(), 1);
  EXPECT_EQ(before->Delete(old.receipt).error().kind, ErrorKind::kConflict);
  const Delivery held = Take(*after);
  EXPECT_EQ(held.receive_count, old.receive_count);
  EXPECT_NE(held.receipt, old.receipt);
  EXPECT_EQ(before->Delete(old.receipt).error().kind, ErrorKind::kConflict);
  EXPECT_TRUE(after->Delete(held.receipt));
}

TEST_F(SqliteQueueTest, WhatTheReceiptMustLookLike) {
  const auto queue = Open();
  for (const std::string receipt : {"", "1", "1.2", "1.2.", "x.1.t", "-1.2.t", "1.99999999999999999999.t"}) {
    EXPECT_EQ(queue->Delete(receipt).error().kind, ErrorKind::kInvalidArgument) << receipt;
  }
  EXPECT_EQ(queue->Delete("1.2.t").error().kind, ErrorKind::kConflict);
}

TEST_F(SqliteQueueTest, LongReasonsAreCutBetweenCharacters) {
  const auto queue = Open();
  Send(*queue, "m");
  std::string reason = "x";
  while (reason.size() < 10'000) reason += "ü";
  ASSERT_TRUE(queue->Fail(Take(*queue), reason + "\xff", FailMode::kPermanent, 0ms));
  EXPECT_EQ(queue->ListDead(1)->front().reason, reason.substr(0, 4095));
}

TEST_F(SqliteQueueTest, AForeignFileIsRefusedAndNotTouched) {
  const std::string text = "this is a CSV file, a long one\n" + std::string(5000, 'x');
  dir_.Write("queue.db", text);
  EXPECT_EQ(OpenError(), "corrupt: " + path_ + " is not a calve queue: it is not an SQLite database");
  EXPECT_EQ(std::filesystem::file_size(path_), text.size());
  EXPECT_EQ(SqliteQueue::ListQueues(path_, clock_).error().kind, ErrorKind::kCorrupt);
}

TEST_F(SqliteQueueTest, AnotherDatabaseIsRefusedAndNotTouched) {
  Sql("CREATE TABLE iceberg_tables (x)");
  EXPECT_EQ(OpenError(), "corrupt: " + path_ + " is not a calve queue: it is an SQLite database of something else");
  EXPECT_FALSE(std::filesystem::exists(path_ + "-wal"));
  auto db = sqlite::Connection::Open(path_, kQueueFile, sqlite::Connection::Mode::kExisting, 1s);
  EXPECT_EQ(*(*db)->QueryText("PRAGMA journal_mode"), "delete");
}

TEST_F(SqliteQueueTest, AnotherVersionOrADamagedOneIsRefused) {
  Open();
  Sql("PRAGMA user_version = 99");
  EXPECT_EQ(OpenError(), "corrupt: " + path_ + " is a calve queue of schema version 99; this calve knows version 1");
  Sql("PRAGMA user_version = 1; ALTER TABLE messages DROP COLUMN last_failure");
  EXPECT_THAT(OpenError(), HasSubstr("is a damaged calve queue: "));
}

TEST_F(SqliteQueueTest, AnEmptyFileBecomesAQueue) {
  dir_.Write("queue.db", "");
  EXPECT_TRUE(SqliteQueue::ListQueues(path_, clock_)->empty());
  Send(*Open(), "m");
}

TEST_F(SqliteQueueTest, BadPathsAndOptions) {
  EXPECT_EQ(SqliteQueue::ListQueues(path_, clock_).error().kind, ErrorKind::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_EQ(TryOpen({.max_receives = 0, .owner = {}}).error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(TryOpen({}, "").error().kind, ErrorKind::kInvalidArgument);
  std::filesystem::create_directory(path_);
  EXPECT_THAT(OpenError(), HasSubstr("invalid-argument: queue file " + path_ + " is not a regular file"));
  dir_.Write("file", "");
  path_ = dir_ / "file/queue.db";
  EXPECT_THAT(OpenError(), HasSubstr((dir_ / "file") + " is a file where a directory is needed"));
}

TEST_F(SqliteQueueTest, ALockThatStaysIsUnavailable) {
  const auto queue = Open({.max_receives = 2, .owner = {}, .busy_timeout = 20ms});
  auto locker = sqlite::Connection::Open(path_, kQueueFile, sqlite::Connection::Mode::kExisting, 1s);
  ASSERT_TRUE((*locker)->Exec("BEGIN IMMEDIATE"));
  const std::vector<Message> one{{.body = "m", .dedup_id = {}}};
  const Status status = queue->Send(one);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(status.error().message, testing::AllOf(HasSubstr(path_), HasSubstr("locked")));
  EXPECT_TRUE(queue->Stats()) << "reading needs no lock";
  EXPECT_TRUE(queue->Receive(1, kLong, 0ms)->empty());
  ASSERT_TRUE((*locker)->Exec("COMMIT"));
  EXPECT_TRUE(queue->Send(one));
}

TEST_F(SqliteQueueTest, ALockThatPassesIsWaitedFor) {
  const auto queue = Open();
  auto locker = sqlite::Connection::Open(path_, kQueueFile, sqlite::Connection::Mode::kExisting, 1s);
  ASSERT_TRUE((*locker)->Exec("BEGIN IMMEDIATE"));
  std::jthread unlock([&] {
    std::this_thread::sleep_for(100ms);
    EXPECT_TRUE((*locker)->Exec("COMMIT"));
  });
  Send(*queue, "m");
  EXPECT_EQ(queue->Stats()->visible, 1);
}

TEST_F(SqliteQueueTest, AWriteThatFailsIsRolledBack) {
  const auto queue = Open();
  Send(*queue, "m");
  // A file size limit fails a write half-way, as a sick disk does.
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  auto* old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = old;
  small.rlim_cur = 100'000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::vector<Message> two{{.body = "small", .dedup_id = {}},
                                 {.body = std::string(200'000, 'x'), .dedup_id = {}}};
  const Status status = queue->Send(two);
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, old_handler);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, testing::AllOf(HasSubstr(path_), HasSubstr("disk I/O error")));
  EXPECT_EQ(queue->Stats()->visible, 1);
  EXPECT_TRUE(queue->Send(two));
}

TEST_F(SqliteQueueTest, AFullDatabaseIsNoSpace) {
  auto db = sqlite::Connection::Open(path_, kQueueFile, sqlite::Connection::Mode::kCreate, 1s);
  ASSERT_TRUE((*db)->Exec("CREATE TABLE t (x); PRAGMA max_page_count = 3"));
  const Status status = (*db)->Exec("INSERT INTO t VALUES (zeroblob(100000))");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kNoSpace);
}

TEST_F(SqliteQueueTest, TheFileIsInWalMode) {
  const auto queue = Open();
  auto db = sqlite::Connection::Open(path_, kQueueFile, sqlite::Connection::Mode::kExisting, 1s);
  EXPECT_EQ(*(*db)->QueryText("PRAGMA journal_mode"), "wal");
}

}  // namespace
}  // namespace calve::queue
