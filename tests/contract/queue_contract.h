// What every Queue must do (queue/queue.h), as a GoogleTest suite. It assumes nothing beyond the contract: messages may
// come in any order and more than once, batches may be smaller than asked for, a dedup_id may or may not be honoured.
//
// To run it on a queue: implement QueueEnv, and
//   INSTANTIATE_TEST_SUITE_P(Sqs, QueueContract,
//                            testing::Values(QueueFactory{"sqs", [] { return std::make_unique<SqsEnv>(); }}));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <ostream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "queue/queue.h"

namespace calve::queue {

using namespace std::chrono_literals;  // NOLINT: a test header.

/// One queue, empty at first, with a dead-letter queue.
class QueueEnv {
 public:
  virtual ~QueueEnv() = default;
  virtual Queue& queue() = 0;
  /// Another client of the same queue (where there is no such thing: the same).
  virtual Queue& peer() = 0;
  virtual DeadLetterQueue& dead() = 0;
  /// How the queue was set up; at least 2.
  virtual int max_receives() const = 0;
  /// Lets this much of the queue's time pass: advances a fake clock, or sleeps.
  virtual void Elapse(std::chrono::milliseconds duration) = 0;
  /// False where Stats is approximate.
  virtual bool exact_stats() const { return true; }
};

/// Makes a fresh environment for each test; the name is for the test's report.
struct QueueFactory {
  std::string name;
  std::function<std::unique_ptr<QueueEnv>()> make;
  std::string skip_reason{};  ///< Not empty: there is no such queue here.
  friend void PrintTo(const QueueFactory& factory, std::ostream* out) { *out << factory.name; }
};

class QueueContract : public testing::TestWithParam<QueueFactory> {
 protected:
  static constexpr std::chrono::milliseconds kShort = 1s;  // SQS counts in seconds.
  static constexpr std::chrono::milliseconds kLong = 10min;

  void SetUp() override {
    if (!GetParam().skip_reason.empty()) GTEST_SKIP() << GetParam().skip_reason;
  }

  Queue& queue() { return env_->queue(); }
  Queue& peer() { return env_->peer(); }

  void MustSend(const std::vector<std::string>& bodies) {
    std::vector<Message> messages;
    for (const std::string& body : bodies) messages.push_back({.body = body, .dedup_id = {}});
    const Status status = queue().Send(messages);
    ASSERT_TRUE(status) << status.error().message;
  }

  /// Receives until `count` messages have come or a Receive that waited stays empty.
  std::vector<Delivery> Take(Queue& from, size_t count, std::chrono::milliseconds visibility) {
    std::vector<Delivery> all;
    while (all.size() < count) {
      auto some = from.Receive(static_cast<int>(std::min<size_t>(count - all.size(), 10)), visibility, kShort);
      if (!some || some->empty()) {
        EXPECT_TRUE(some) << some.error().message;
        break;
      }
      std::ranges::move(*some, std::back_inserter(all));
    }
    return all;
  }

  Delivery TakeOne(Queue& from, std::chrono::milliseconds visibility) {
    std::vector<Delivery> got = Take(from, 1, visibility);
    EXPECT_EQ(got.size(), 1U);
    return got.empty() ? Delivery{} : got.front();
  }

  bool Empty() {
    const auto got = queue().Receive(10, kLong, kShort);
    return got && got->empty();
  }

  std::vector<DeadLetter> Dead() {
    auto letters = env_->dead().ListDead(100);
    EXPECT_TRUE(letters) << letters.error().message;
    return letters ? *letters : std::vector<DeadLetter>{};
  }

  static ErrorKind KindOf(const Status& status) {
    EXPECT_FALSE(status);
    return status ? ErrorKind::kInternal : status.error().kind;
  }

  std::unique_ptr<QueueEnv> env_ = GetParam().skip_reason.empty() ? GetParam().make() : nullptr;
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(QueueContract);

TEST_P(QueueContract, SentIsReceivedAndDeletedIsGone) {
  const std::string body = "{\"chunk\": 7, \"text\": \"ünï \\\"q\\\" \xF0\x9F\xA7\x8A\"}";
  MustSend({body});
  const Delivery delivery = TakeOne(peer(), kLong);
  EXPECT_EQ(delivery.body, body);
  EXPECT_EQ(delivery.receive_count, 1);
  EXPECT_FALSE(delivery.message_id.empty());
  EXPECT_FALSE(delivery.receipt.empty());
  EXPECT_TRUE(peer().Delete(delivery.receipt));
  env_->Elapse(kShort);
  EXPECT_TRUE(Empty());
  EXPECT_TRUE(Dead().empty());
}

TEST_P(QueueContract, ManyAreSentAndEachIsReceived) {
  std::vector<std::string> bodies;
  for (int i = 0; i < 57; ++i) bodies.push_back("message " + std::to_string(1000 + i));
  MustSend(bodies);
  std::vector<std::string> got;
  for (const Delivery& delivery : Take(queue(), bodies.size(), kLong)) {
    got.push_back(delivery.body);
    EXPECT_TRUE(queue().Delete(delivery.receipt));
  }
  EXPECT_THAT(got, testing::UnorderedElementsAreArray(bodies));
  EXPECT_TRUE(Empty());
}

TEST_P(QueueContract, SendingNothingIsFine) {
  EXPECT_TRUE(queue().Send({}));
  EXPECT_TRUE(Empty());
}

TEST_P(QueueContract, TheLargestBodyFitsAndALargerOneIsRefused) {
  const std::string largest(256 * 1024, 'x');
  MustSend({largest});
  EXPECT_EQ(TakeOne(queue(), kLong).body.size(), largest.size());
  const std::vector<Message> larger{{.body = largest + "x", .dedup_id = {}}};
  EXPECT_EQ(KindOf(queue().Send(larger)), ErrorKind::kInvalidArgument);
  const std::vector<Message> no_utf8{{.body = "\xff", .dedup_id = {}}};
  EXPECT_EQ(KindOf(queue().Send(no_utf8)), ErrorKind::kInvalidArgument);
}

TEST_P(QueueContract, NeverMoreThanAskedFor) {
  MustSend({"1", "2", "3"});
  for (int i = 0; i < 3; ++i) {
    const auto got = queue().Receive(1, kLong, kShort);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->size(), 1U);
  }
  EXPECT_EQ(queue().Receive(0, kLong, 0ms).error().kind, ErrorKind::kInvalidArgument);
}

TEST_P(QueueContract, AnEmptyQueueAnswersEmpty) {
  const auto at_once = queue().Receive(10, kLong, 0ms);
  ASSERT_TRUE(at_once) << at_once.error().message;
  EXPECT_TRUE(at_once->empty());
  const auto waited = queue().Receive(10, kLong, kShort);
  ASSERT_TRUE(waited);
  EXPECT_TRUE(waited->empty());
}

TEST_P(QueueContract, WhatIsHeldIsHiddenUntilItsTimeRunsOut) {
  MustSend({"m"});
  const Delivery first = TakeOne(queue(), 30 * kShort);
  EXPECT_TRUE(Take(peer(), 1, kLong).empty());
  EXPECT_TRUE(queue().Extend(first.receipt, kShort));
  env_->Elapse(2 * kShort);
  const Delivery second = TakeOne(peer(), kLong);
  EXPECT_EQ(second.message_id, first.message_id);
  EXPECT_EQ(second.body, "m");
  EXPECT_EQ(second.receive_count, 2);
  EXPECT_NE(second.receipt, first.receipt);
}

TEST_P(QueueContract, AHeartbeatKeepsIt) {
  MustSend({"m"});
  const Delivery delivery = TakeOne(queue(), 2 * kShort);
  for (int i = 0; i < 4; ++i) {
    env_->Elapse(kShort);
    const Status status = queue().Extend(delivery.receipt, 30 * kShort);
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_TRUE(Take(peer(), 1, kLong).empty());
  }
  EXPECT_TRUE(queue().Delete(delivery.receipt));
  EXPECT_TRUE(Empty());
}

TEST_P(QueueContract, AStaleReceiptTouchesNothing) {
  MustSend({"m"});
  const Delivery stale = TakeOne(queue(), kShort);
  env_->Elapse(2 * kShort);
  const Delivery held = TakeOne(peer(), 30 * kShort);
  ASSERT_EQ(held.body, "m");

  EXPECT_EQ(KindOf(queue().Delete(stale.receipt)), ErrorKind::kConflict);
  EXPECT_EQ(KindOf(queue().Extend(stale.receipt, 0ms)), ErrorKind::kConflict);
  EXPECT_EQ(KindOf(queue().Fail(stale, "too late", FailMode::kRetry, 0ms)), ErrorKind::kConflict);
  EXPECT_EQ(KindOf(queue().Fail(stale, "too late", FailMode::kPermanent, 0ms)), ErrorKind::kConflict);

  // Still held, by the new holder, and not dead.
  EXPECT_TRUE(Take(queue(), 1, kLong).empty());
  EXPECT_TRUE(Dead().empty());
  EXPECT_TRUE(peer().Extend(held.receipt, kLong));
  EXPECT_TRUE(peer().Delete(held.receipt));
  EXPECT_TRUE(Empty());
}

TEST_P(QueueContract, AReceiptIsOfNoUseAfterFail) {
  MustSend({"m"});
  const Delivery first = TakeOne(queue(), kLong);
  ASSERT_TRUE(queue().Fail(first, "later", FailMode::kRetry, 0ms));
  const Delivery second = TakeOne(peer(), kLong);
  EXPECT_EQ(second.receive_count, 2);
  EXPECT_EQ(KindOf(queue().Delete(first.receipt)), ErrorKind::kConflict);
  EXPECT_TRUE(peer().Delete(second.receipt));
}

TEST_P(QueueContract, DeletingTwiceHarmsNobody) {
  MustSend({"a", "b"});
  const std::vector<Delivery> held = Take(queue(), 2, kLong);
  ASSERT_EQ(held.size(), 2U);
  ASSERT_TRUE(queue().Delete(held[0].receipt));
  // Idempotent or refused: both are allowed, after a lost answer either may come.
  const Status again = queue().Delete(held[0].receipt);
  if (!again) {
    EXPECT_EQ(again.error().kind, ErrorKind::kConflict);
  }
  EXPECT_TRUE(queue().Delete(held[1].receipt));
  EXPECT_TRUE(Empty());
}

TEST_P(QueueContract, FailWithRetryComesBackAfterItsDelay) {
  MustSend({"m"});
  const Delivery first = TakeOne(queue(), kLong);
  ASSERT_TRUE(queue().Fail(first, "try later", FailMode::kRetry, 30 * kShort));
  EXPECT_TRUE(Take(peer(), 1, kLong).empty());
  // Its own receipt may not shorten that; a new delivery must come when the delay is over.
  MustSend({"other"});
  const Delivery other = TakeOne(peer(), kLong);
  EXPECT_EQ(other.body, "other");
  ASSERT_TRUE(peer().Fail(other, "soon", FailMode::kRetry, kShort));
  env_->Elapse(2 * kShort);
  const Delivery again = TakeOne(queue(), kLong);
  EXPECT_EQ(again.body, "other");
  EXPECT_EQ(again.receive_count, 2);
}

TEST_P(QueueContract, APermanentFailureIsDeadAtOnceWithItsReason) {
  MustSend({"bad", "good"});
  for (const Delivery& delivery : Take(queue(), 2, kLong)) {
    if (delivery.body == "bad") {
      EXPECT_TRUE(queue().Fail(delivery, "no such column: fare", FailMode::kPermanent, 0ms));
    } else {
      EXPECT_TRUE(queue().Delete(delivery.receipt));
    }
  }
  EXPECT_TRUE(Empty());
  const auto letters = Dead();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].body, "bad");
  EXPECT_EQ(letters[0].reason, "no such column: fare");
  EXPECT_EQ(letters[0].receive_count, 1);
  EXPECT_GT(letters[0].died_ms, 0);
}

TEST_P(QueueContract, RetriesEndInTheDeadLettersWithTheLastReason) {
  MustSend({"m"});
  for (int i = 1; i <= env_->max_receives(); ++i) {
    const Delivery delivery = TakeOne(queue(), kLong);
    ASSERT_EQ(delivery.receive_count, i);
    ASSERT_TRUE(Dead().empty());
    ASSERT_TRUE(queue().Fail(delivery, "failure " + std::to_string(i), FailMode::kRetry, 0ms));
  }
  EXPECT_TRUE(Empty());
  const auto letters = Dead();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].body, "m");
  EXPECT_EQ(letters[0].reason, "failure " + std::to_string(env_->max_receives()));
  EXPECT_EQ(letters[0].receive_count, env_->max_receives());
}

TEST_P(QueueContract, DeliveriesWithoutAnswerEndInTheDeadLetters) {
  MustSend({"m", "other"});
  for (int i = 1; i <= env_->max_receives(); ++i) {
    for (const Delivery& delivery : Take(queue(), i == 1 ? 2 : 1, kShort)) {
      EXPECT_EQ(delivery.receive_count, i);
      if (i == 1 && delivery.body == "other") {
        EXPECT_TRUE(queue().Delete(delivery.receipt));
      }
    }
    env_->Elapse(2 * kShort);
  }
  EXPECT_TRUE(Empty());
  const auto letters = Dead();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].body, "m");
  EXPECT_FALSE(letters[0].reason.empty());
  EXPECT_EQ(letters[0].receive_count, env_->max_receives());
}

TEST_P(QueueContract, RedriveGivesThemAFreshStart) {
  MustSend({"1", "2", "3"});
  for (const Delivery& delivery : Take(queue(), 3, kLong)) {
    ASSERT_TRUE(queue().Fail(delivery, "sick", FailMode::kPermanent, 0ms));
  }
  ASSERT_EQ(Dead().size(), 3U);
  EXPECT_EQ(env_->dead().ListDead(2)->size(), 2U);
  EXPECT_EQ(*env_->dead().Redrive(), 3);
  EXPECT_TRUE(Dead().empty());
  std::vector<std::string> got;
  for (const Delivery& delivery : Take(queue(), 3, kLong)) {
    EXPECT_EQ(delivery.receive_count, 1);
    got.push_back(delivery.body);
    EXPECT_TRUE(queue().Delete(delivery.receipt));
  }
  EXPECT_THAT(got, testing::UnorderedElementsAre("1", "2", "3"));
  EXPECT_EQ(*env_->dead().Redrive(), 0);
}

TEST_P(QueueContract, ADedupIdMayDropADuplicateButNeverTheMessage) {
  const std::vector<Message> twice{{.body = "m", .dedup_id = "chunk-1"}, {.body = "m", .dedup_id = "chunk-1"}};
  ASSERT_TRUE(queue().Send(twice));
  const std::vector<Delivery> got = Take(queue(), 3, kLong);
  EXPECT_THAT(got.size(), testing::AnyOf(1U, 2U));
  for (const Delivery& delivery : got) EXPECT_TRUE(queue().Delete(delivery.receipt));
  // Nobody has one any more: it must go through again. (A queue that remembers ids longer breaks a resumed load.)
  ASSERT_TRUE(queue().Send(std::span(twice).first(1)));
  EXPECT_EQ(Take(queue(), 1, kLong).size(), 1U);
}

TEST_P(QueueContract, ADeadLettersDedupIdIsFree) {
  const std::vector<Message> message{{.body = "m", .dedup_id = "chunk-1"}};
  ASSERT_TRUE(queue().Send(message));
  ASSERT_TRUE(queue().Fail(TakeOne(queue(), kLong), "sick", FailMode::kPermanent, 0ms));
  ASSERT_TRUE(queue().Send(message));
  EXPECT_TRUE(queue().Delete(TakeOne(queue(), kLong).receipt));
  EXPECT_EQ(*env_->dead().Redrive(), 1);
  EXPECT_EQ(TakeOne(queue(), kLong).body, "m");
}

TEST_P(QueueContract, StatsCount) {
  MustSend({"1", "2", "3", "4"});
  const std::vector<Delivery> held = Take(queue(), 2, kLong);
  ASSERT_EQ(held.size(), 2U);
  ASSERT_TRUE(queue().Fail(held[0], "sick", FailMode::kPermanent, 0ms));
  const auto stats = queue().Stats();
  ASSERT_TRUE(stats) << stats.error().message;
  if (env_->exact_stats()) {
    EXPECT_EQ(stats->visible, 2);
    EXPECT_EQ(stats->in_flight, 1);
    EXPECT_EQ(stats->dead, 1);
  } else {
    EXPECT_LE(stats->visible + stats->in_flight + stats->dead, 4);
  }
}

TEST_P(QueueContract, EightThreadsDrainItWithoutSharingAMessage) {
  constexpr int kMessages = 200;
  std::vector<std::string> bodies;
  for (int i = 0; i < kMessages; ++i) bodies.push_back(std::to_string(i));
  MustSend(bodies);
  std::mutex mutex;
  std::map<std::string, int> deliveries;
  std::set<std::string> receipts;
  std::atomic<int> done = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        Queue& mine = t % 2 == 0 ? queue() : peer();
        for (int idle = 0; idle < 200 && done < kMessages;) {
          const auto got = mine.Receive(1 + t % 3, kLong, 0ms);
          ASSERT_TRUE(got) << got.error().message;
          if (got->empty()) {
            ++idle;
            std::this_thread::sleep_for(5ms);
          }
          for (const Delivery& delivery : *got) {
            {
              const std::lock_guard lock(mutex);
              ++deliveries[delivery.body];
              receipts.insert(delivery.receipt);
            }
            const Status status = mine.Delete(delivery.receipt);
            EXPECT_TRUE(status) << status.error().message;
            ++done;
          }
        }
      });
    }
  }
  EXPECT_EQ(deliveries.size(), static_cast<size_t>(kMessages));
  size_t total = 0;
  for (const auto& [body, count] : deliveries) total += static_cast<size_t>(count);
  EXPECT_EQ(receipts.size(), total);  // No receipt twice.
  if (env_->exact_stats()) {
    EXPECT_EQ(total, static_cast<size_t>(kMessages));  // Within their visibility, each one once.
    EXPECT_EQ(queue().Stats()->visible + queue().Stats()->in_flight, 0);
  }
}

TEST_P(QueueContract, SendersAndReceiversAtOnceLoseNothing) {
  constexpr int kSenders = 4;
  constexpr int kEach = 25;
  std::mutex mutex;
  std::set<std::string> seen;
  std::atomic<bool> sent = false;
  {
    std::vector<std::jthread> receivers;
    for (int t = 0; t < 4; ++t) {
      receivers.emplace_back([&] {
        for (int idle = 0; idle < 20;) {
          const auto got = peer().Receive(5, kLong, 0ms);
          ASSERT_TRUE(got) << got.error().message;
          if (got->empty()) {
            idle += sent ? 1 : 0;
            std::this_thread::sleep_for(5ms);
          }
          for (const Delivery& delivery : *got) {
            EXPECT_TRUE(peer().Delete(delivery.receipt));
            const std::lock_guard lock(mutex);
            seen.insert(delivery.body);
          }
        }
      });
    }
    {
      std::vector<std::jthread> senders;
      for (int t = 0; t < kSenders; ++t) {
        senders.emplace_back([&, t] {
          for (int i = 0; i < kEach; ++i) {
            const std::vector<Message> one{{.body = std::to_string(t) + "/" + std::to_string(i), .dedup_id = {}}};
            EXPECT_TRUE(queue().Send(one));
          }
        });
      }
    }
    sent = true;
  }
  EXPECT_EQ(seen.size(), static_cast<size_t>(kSenders * kEach));
}

}  // namespace calve::queue
