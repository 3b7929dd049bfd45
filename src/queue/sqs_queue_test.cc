// What the contract does not ask: SQS's limits, partial failures of batches, lost answers, and a fake that does its
// worst.
#include "queue/sqs_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "fakes/fake_clock.h"
#include "fakes/fake_sqs.h"
#include "queue/limits.h"

namespace calve::queue {
namespace {

using namespace std::chrono_literals;
using Fault = FakeSqs::Fault;
using Kind = FakeSqs::Fault::Kind;
using testing::HasSubstr;

class SqsQueueTest : public testing::Test {
 protected:
  SqsQueueTest() {
    sqs_.AddQueue("dead");
    sqs_.AddQueue("chunks", "dead", 3);
    sqs_.AddQueue("plain");
  }

  std::unique_ptr<SqsQueue> Open(const std::string& name, const SqsOptions& options = {}) {
    auto queue = SqsQueue::Open(name, options, client_, {"https://sqs.test", "sqs", "us-east-1"}, clock_, rng_);
    EXPECT_TRUE(queue.has_value()) << queue.error().message;
    return queue.has_value() ? std::move(*queue) : nullptr;
  }
  static Status Send(SqsQueue& queue, const std::vector<std::string>& bodies) {
    std::vector<Message> messages;
    for (const std::string& body : bodies) messages.push_back({.body = body, .dedup_id = "same"});
    return queue.Send(messages);
  }
  static std::vector<std::string> Numbered(int count) {
    std::vector<std::string> bodies;
    for (int i = 0; i < count; ++i) bodies.push_back("message " + std::to_string(i));
    return bodies;
  }
  static Delivery TakeOne(SqsQueue& queue, std::chrono::milliseconds visibility = 10min) {
    auto got = queue.Receive(1, visibility, 0ms);
    EXPECT_TRUE(got.has_value() && got->size() == 1);
    return got.has_value() && !got->empty() ? got->front() : Delivery{};
  }
  static ErrorKind KindOf(const Status& status) {
    EXPECT_FALSE(status);
    return status ? ErrorKind::kInternal : status.error().kind;
  }
  /// How often each body is in `queue`.
  static std::map<std::string, int> Drain(SqsQueue& queue) {
    std::map<std::string, int> bodies;
    for (;;) {
      const auto got = queue.Receive(10, 10min, 0ms);
      EXPECT_TRUE(got.has_value());
      if (!got.has_value() || got->empty()) return bodies;
      for (const Delivery& delivery : *got) ++bodies[delivery.body];
    }
  }

  FakeClock clock_;
  SeededRng rng_{7};
  FakeSqs sqs_{clock_};
  std::unique_ptr<aws::CredentialsProvider> credentials_ = aws::MakeStaticCredentials(
      {.access_key_id = "id", .secret_access_key = "secret", .session_token = {}, .expires = {}});
  aws::Client client_{sqs_.transport(), *credentials_, clock_, rng_, BackoffPolicy{.max_retries = 3}};
};

TEST_F(SqsQueueTest, OpensByNameAndByUrl) {
  EXPECT_EQ(Open("chunks")->url(), FakeSqs::Url("chunks"));
  EXPECT_EQ(sqs_.calls("GetQueueUrl"), 1);
  EXPECT_EQ(Open(FakeSqs::Url("chunks"))->url(), FakeSqs::Url("chunks"));
  EXPECT_EQ(sqs_.calls("GetQueueUrl"), 1);
  EXPECT_EQ(sqs_.calls("GetQueueAttributes"), 0);  // A sender may have no right to them.
}

TEST_F(SqsQueueTest, RefusesWhatIsNotThereAndFifoQueues) {
  const auto open = [&](const char* name) {
    return SqsQueue::Open(name, {}, client_, {"https://sqs.test", "sqs", "us-east-1"}, clock_, rng_).error();
  };
  EXPECT_EQ(open("nowhere").kind, ErrorKind::kNotFound);
  EXPECT_THAT(open("nowhere").message, HasSubstr("nowhere"));
  EXPECT_EQ(open("chunks.fifo").kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(open("").kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(KindOf(Send(*Open(FakeSqs::Url("nowhere")), {"m"})), ErrorKind::kNotFound);
}

TEST_F(SqsQueueTest, BatchesKeepToTenEntriesAndToTheSize) {
  const auto queue = Open("plain");
  ASSERT_TRUE(Send(*queue, Numbered(57)));
  EXPECT_EQ(sqs_.calls("SendMessageBatch"), 6);
  EXPECT_EQ(Drain(*queue).size(), 57U);
  // 100 KiB each: two in a batch. The fake refuses a batch of more than 256 KiB.
  std::vector<std::string> large;
  for (char c = 'a'; c < 'f'; ++c) large.emplace_back(100 * 1024, c);
  ASSERT_TRUE(Send(*queue, large));
  EXPECT_EQ(sqs_.calls("SendMessageBatch"), 9);
  EXPECT_EQ(Drain(*queue).size(), 5U);
}

TEST_F(SqsQueueTest, EntriesThatFailAreSentAgainAndNoOthers) {
  const auto queue = Open("plain");
  sqs_.FailNext("SendMessageBatch", {.kind = Kind::kEntriesFail, .entries = {1, 4}});
  sqs_.FailNext("SendMessageBatch",
                {.kind = Kind::kEntriesFail, .code = "RequestThrottled", .entries = {0}, .sender_fault = true});
  ASSERT_TRUE(Send(*queue, Numbered(7)));
  EXPECT_EQ(sqs_.calls("SendMessageBatch"), 3);
  EXPECT_GT(clock_.slept_ms(), 0);
  const auto bodies = Drain(*queue);
  EXPECT_EQ(bodies.size(), 7U);
  for (const auto& [body, times] : bodies) EXPECT_EQ(times, 1) << body;
}

TEST_F(SqsQueueTest, EntriesThatAreNotAnsweredForAreSentAgain) {
  const auto queue = Open("plain");
  sqs_.FailNext("SendMessageBatch", {.kind = Kind::kEntriesSilent, .entries = {2}});
  ASSERT_TRUE(Send(*queue, Numbered(3)));
  EXPECT_EQ(Drain(*queue), (std::map<std::string, int>{{"message 0", 1}, {"message 1", 1}, {"message 2", 2}}));
}

TEST_F(SqsQueueTest, AnEntryOfTheSendersFaultIsAnErrorAtOnce) {
  const auto queue = Open("plain");
  sqs_.FailNext("SendMessageBatch",
                {.kind = Kind::kEntriesFail, .code = "InvalidMessageContents", .entries = {1}, .sender_fault = true});
  const Status status = Send(*queue, {"one", "SECRET"});
  EXPECT_EQ(KindOf(status), ErrorKind::kInvalidArgument);
  EXPECT_THAT(status.error().message, HasSubstr("InvalidMessageContents"));
  EXPECT_THAT(status.error().message, Not(HasSubstr("SECRET")));
  EXPECT_EQ(sqs_.calls("SendMessageBatch"), 1);
}

TEST_F(SqsQueueTest, EntriesThatNeverGoThroughAreUnavailable) {
  const auto queue = Open("plain", {.dead_letters = {}, .entry_backoff = {.max_retries = 2}});
  sqs_.FailNext("SendMessageBatch", {.kind = Kind::kEntriesFail, .entries = {0}}, 3);
  EXPECT_EQ(KindOf(Send(*queue, {"m"})), ErrorKind::kUnavailable);
  EXPECT_EQ(sqs_.calls("SendMessageBatch"), 3);
}

TEST_F(SqsQueueTest, ALostAnswerToSendMayDoubleButNeverLoses) {
  const auto queue = Open("plain");
  sqs_.FailNext("SendMessageBatch", {.kind = Kind::kLost});
  ASSERT_TRUE(Send(*queue, {"m"}));
  EXPECT_EQ(Drain(*queue), (std::map<std::string, int>{{"m", 2}}));
}

TEST_F(SqsQueueTest, ALostAnswerToReceiveBringsTheMessageBackLater) {
  const auto queue = Open("chunks");
  ASSERT_TRUE(Send(*queue, {"m"}));
  sqs_.FailNext("ReceiveMessage", {.kind = Kind::kLost});
  EXPECT_TRUE(queue->Receive(10, 30s, 0ms)->empty());
  clock_.Advance(31s);
  EXPECT_EQ(TakeOne(*queue).receive_count, 2);
}

TEST_F(SqsQueueTest, ALostAnswerToDeleteIsAskedAgain) {
  const auto queue = Open("chunks");
  ASSERT_TRUE(Send(*queue, {"m"}));
  const Delivery delivery = TakeOne(*queue);
  sqs_.FailNext("DeleteMessage", {.kind = Kind::kLost});
  EXPECT_TRUE(queue->Delete(delivery.receipt));
  EXPECT_EQ(sqs_.calls("DeleteMessage"), 2);
  EXPECT_EQ(sqs_.size("chunks"), 0U);
}

TEST_F(SqsQueueTest, ControlCharactersAreRefusedBeforeSqsDoes) {
  const auto queue = Open("plain");
  EXPECT_EQ(KindOf(Send(*queue, {"a\x01z"})), ErrorKind::kInvalidArgument);
  EXPECT_EQ(KindOf(Send(*queue, {"a\xEF\xBF\xBFz"})), ErrorKind::kInvalidArgument);
  EXPECT_TRUE(Send(*queue, {"tab\t lf\n cr\r \xEF\xBF\xBD"}));
  EXPECT_EQ(sqs_.calls("SendMessageBatch"), 1);
}

TEST_F(SqsQueueTest, ReceiveKeepsToTheLimitsAndAsksForTheCount) {
  const auto queue = Open("plain");
  ASSERT_TRUE(Send(*queue, Numbered(30)));
  EXPECT_EQ(queue->Receive(25, 1500ms, 0ms)->size(), 10U);
  Json input = sqs_.last("ReceiveMessage");
  EXPECT_EQ(input["VisibilityTimeout"], 2);  // Rounded up.
  EXPECT_EQ(input["WaitTimeSeconds"], 0);
  EXPECT_EQ(input["MessageSystemAttributeNames"][0], "ApproximateReceiveCount");
  EXPECT_EQ(queue->Receive(1, 13h, 0ms).error().kind, ErrorKind::kInvalidArgument);
}

TEST_F(SqsQueueTest, ALongWaitIsSeveralPollsEachWithATimeOutBehindIt) {
  const auto queue = Open(FakeSqs::Url("plain"));
  const auto start = clock_.Monotonic();
  EXPECT_TRUE(queue->Receive(1, 1min, 45s)->empty());
  EXPECT_GE(clock_.Monotonic() - start, 45s);
  EXPECT_LE(clock_.Monotonic() - start, 47s);
  EXPECT_EQ(sqs_.calls("ReceiveMessage"), 3);
  const auto sent = sqs_.transport().sent();
  EXPECT_GT(sent.front().stall_timeout, 20s);
  EXPECT_GT(sent.front().total_timeout, 20s);
}

TEST_F(SqsQueueTest, ACancelledWaitEnds) {
  CancelToken cancel;
  cancel.Cancel();
  const auto queue = Open(FakeSqs::Url("plain"), {.dead_letters = {}, .stops = {.receive = &cancel, .calls = nullptr}});
  const auto start = clock_.Monotonic();
  const auto got = queue->Receive(1, 1min, 10min);
  EXPECT_TRUE(got.has_value() ? got->empty() : got.error().kind == ErrorKind::kCancelled);
  EXPECT_LT(clock_.Monotonic() - start, 1min);
}

TEST_F(SqsQueueTest, TwiceAtOnceAreTwoDeliveriesWithReceiptsOfTheirOwn) {
  const auto queue = Open("chunks");
  ASSERT_TRUE(Send(*queue, {"m"}));
  sqs_.DeliverTwice();
  const Delivery first = TakeOne(*queue);
  const Delivery second = TakeOne(*queue);
  EXPECT_EQ(first.message_id, second.message_id);
  EXPECT_NE(first.receipt, second.receipt);
  EXPECT_TRUE(queue->Delete(first.receipt));
  EXPECT_TRUE(queue->Delete(second.receipt));  // Nothing there any more: fine.
}

TEST_F(SqsQueueTest, TwelveHoursInAll) {
  const auto queue = Open("chunks");
  ASSERT_TRUE(Send(*queue, {"m"}));
  const Delivery delivery = TakeOne(*queue, 12h);
  EXPECT_EQ(KindOf(queue->Extend(delivery.receipt, 13h)), ErrorKind::kInvalidArgument);
  clock_.Advance(11h);
  const Status past = queue->Extend(delivery.receipt, 2h);
  EXPECT_EQ(KindOf(past), ErrorKind::kInvalidArgument);
  EXPECT_THAT(past.error().message, HasSubstr("12 hours in all"));
  EXPECT_TRUE(queue->Extend(delivery.receipt, 30min));
  // Fail may not trip over it: the delay is what is left.
  EXPECT_TRUE(queue->Fail(delivery, "later", FailMode::kRetry, 5h));
  EXPECT_EQ(KindOf(queue->Delete(delivery.receipt)), ErrorKind::kConflict);
}

TEST_F(SqsQueueTest, AnsweringWhatLambdaReceivedIsLeftToSqs) {
  const auto lambda = Open("chunks");
  const auto queue = Open("chunks");
  ASSERT_TRUE(Send(*lambda, {"one", "two"}));
  const Delivery one = TakeOne(*lambda);
  const Delivery two = TakeOne(*lambda);
  EXPECT_TRUE(queue->Extend(one.receipt, 1min));
  EXPECT_TRUE(queue->Delete(one.receipt));
  EXPECT_EQ(KindOf(queue->Extend(one.receipt, 1min)), ErrorKind::kConflict);
  EXPECT_TRUE(queue->Fail(two, "later", FailMode::kRetry, 0ms));
  EXPECT_EQ(KindOf(queue->Extend(two.receipt, 1min)), ErrorKind::kConflict);  // MessageNotInflight.
  EXPECT_EQ(KindOf(queue->Delete("nonsense")), ErrorKind::kConflict);
}

TEST_F(SqsQueueTest, NothingIsDeletedBeforeItsLetterIsThere) {
  const auto queue = Open("chunks");
  ASSERT_TRUE(Send(*queue, {"poison"}));
  const Delivery delivery = TakeOne(*queue);
  sqs_.FailNext("SendMessageBatch", {.kind = Kind::kNotDone}, 4);  // The client gives up after three retries.
  EXPECT_EQ(KindOf(queue->Fail(delivery, "bad", FailMode::kPermanent, 0ms)), ErrorKind::kUnavailable);
  EXPECT_EQ(sqs_.calls("DeleteMessage"), 0);
  EXPECT_EQ(sqs_.size("chunks"), 1U);
  EXPECT_EQ(sqs_.size("dead"), 0U);
  // Its holder may try again.
  EXPECT_TRUE(queue->Fail(delivery, "bad", FailMode::kPermanent, 0ms));
  EXPECT_EQ(sqs_.size("chunks"), 0U);
  EXPECT_EQ(sqs_.size("dead"), 1U);
}

TEST_F(SqsQueueTest, AFailedDeleteAfterTheLetterLeavesBoth) {
  const auto queue = Open("chunks");
  ASSERT_TRUE(Send(*queue, {"poison"}));
  sqs_.FailNext("DeleteMessage", {.kind = Kind::kNotDone}, 4);
  EXPECT_EQ(KindOf(queue->Fail(TakeOne(*queue), "bad", FailMode::kPermanent, 0ms)), ErrorKind::kUnavailable);
  EXPECT_EQ(sqs_.size("chunks"), 1U);
  EXPECT_EQ(sqs_.size("dead"), 1U);
}

TEST_F(SqsQueueTest, ALetterKeepsItsIdCountAndReason) {
  const auto queue = Open("chunks");
  ASSERT_TRUE(Send(*queue, {"poison"}));
  ASSERT_TRUE(queue->Fail(TakeOne(*queue), "first", FailMode::kRetry, 0ms));
  const Delivery delivery = TakeOne(*queue);
  const std::string reason = "line 1\nbell \x07 \xff " + std::string(10'000, 'x');
  ASSERT_TRUE(queue->Fail(delivery, reason, FailMode::kPermanent, 0ms));
  const auto letters = queue->ListDead(5);
  ASSERT_TRUE(letters.has_value() && letters->size() == 1);
  EXPECT_EQ(letters->front().message_id, delivery.message_id);
  EXPECT_EQ(letters->front().receive_count, 2);
  EXPECT_THAT(letters->front().reason, testing::StartsWith("line 1\nbell ? ? xxx"));
  EXPECT_LE(letters->front().reason.size(), kMaxReasonBytes);
  EXPECT_EQ(letters->front().died_ms, ToMillis(clock_.Now()) - 1000);  // The look that found no more took a second.
}

TEST_F(SqsQueueTest, ABodyThatLeavesNoRoomForItsReasonIsBuriedAllTheSame) {
  const auto queue = Open("chunks");
  ASSERT_TRUE(Send(*queue, {std::string(kMaxBodyBytes, 'x')}));
  ASSERT_TRUE(queue->Fail(TakeOne(*queue), "too much", FailMode::kPermanent, 0ms));
  EXPECT_EQ(sqs_.size("chunks"), 0U);
  EXPECT_EQ(queue->ListDead(1)->size(), 1U);
}

TEST_F(SqsQueueTest, WithoutDeadLettersAPermanentFailureComesBackInNoHurry) {
  const auto queue = Open("plain");
  ASSERT_TRUE(Send(*queue, {"poison"}));
  ASSERT_TRUE(queue->Fail(TakeOne(*queue), "bad", FailMode::kPermanent, 0ms));
  EXPECT_TRUE(queue->Receive(1, 1min, 0ms)->empty());
  clock_.Advance(31s);
  ASSERT_TRUE(queue->Fail(TakeOne(*queue), "bad", FailMode::kPermanent, 0ms));
  clock_.Advance(31s);
  EXPECT_TRUE(queue->Receive(1, 1min, 0ms)->empty());
  clock_.Advance(30s);
  EXPECT_EQ(TakeOne(*queue).receive_count, 3);
  EXPECT_EQ(queue->ListDead(1).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(queue->Redrive().error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(queue->Stats()->dead, 0);
}

TEST_F(SqsQueueTest, DeadLettersClosedToUsAreLeftToTheRedrivePolicy) {
  const auto queue = Open("chunks");
  ASSERT_TRUE(Send(*queue, {"poison"}));
  for (int i = 0; i < 3; ++i) {
    sqs_.FailNext("SendMessageBatch", {.kind = Kind::kRefused, .status = 403, .code = "AccessDenied"});
    const Status status = queue->Fail(TakeOne(*queue), "bad", FailMode::kPermanent, 0ms);
    EXPECT_EQ(KindOf(status), ErrorKind::kPermissionDenied);
    EXPECT_THAT(status.error().message, HasSubstr("given back"));
  }
  EXPECT_TRUE(queue->Receive(1, 1min, 0ms)->empty());  // Its receives are used up.
  const auto letters = queue->ListDead(1);
  ASSERT_TRUE(letters.has_value() && letters->size() == 1);
  EXPECT_EQ(letters->front().reason, "delivered 3 times without an answer");
  EXPECT_EQ(letters->front().receive_count, 3);
}

TEST_F(SqsQueueTest, ARetryNeedsNoRightToReadThePolicy) {
  const auto queue = Open("chunks");
  ASSERT_TRUE(Send(*queue, {"m"}));
  sqs_.FailNext("GetQueueAttributes", {.kind = Kind::kRefused, .status = 403, .code = "AccessDenied"});
  EXPECT_TRUE(queue->Fail(TakeOne(*queue), "later", FailMode::kRetry, 0ms));
  EXPECT_EQ(TakeOne(*queue).receive_count, 2);
}

TEST_F(SqsQueueTest, ThePolicyIsReadOnceInFiveMinutes) {
  const auto queue = Open("chunks");
  ASSERT_TRUE(Send(*queue, {"m"}));
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(queue->Fail(TakeOne(*queue), "later", FailMode::kRetry, 0ms));
  EXPECT_EQ(sqs_.calls("GetQueueAttributes"), 1);
  clock_.Advance(6min);
  ASSERT_TRUE(queue->Fail(TakeOne(*queue), "later", FailMode::kRetry, 0ms));
  EXPECT_EQ(sqs_.calls("GetQueueAttributes"), 2);
}

TEST_F(SqsQueueTest, ListingManyGivesThemBack) {
  const auto queue = Open("chunks");
  const auto dead = Open("dead");
  ASSERT_TRUE(Send(*dead, Numbered(25)));
  const auto letters = queue->ListDead(23);
  ASSERT_TRUE(letters.has_value());
  std::set<std::string> ids;
  for (const DeadLetter& letter : *letters) ids.insert(letter.message_id);
  EXPECT_EQ(ids.size(), 23U);
  EXPECT_EQ(queue->ListDead(100)->size(), 25U);
  EXPECT_EQ(Drain(*dead).size(), 25U);
}

TEST_F(SqsQueueTest, RedriveThatBreaksLosesNothing) {
  const auto queue = Open("chunks");
  const auto dead = Open("dead");
  ASSERT_TRUE(Send(*dead, Numbered(25)));
  sqs_.FailNext("DeleteMessageBatch", {.kind = Kind::kNotDone}, 4);
  EXPECT_EQ(queue->Redrive().error().kind, ErrorKind::kUnavailable);
  clock_.Advance(5min);
  EXPECT_EQ(*queue->Redrive(), 25);
  EXPECT_EQ(sqs_.size("dead"), 0U);
  const auto bodies = Drain(*queue);
  EXPECT_EQ(bodies.size(), 25U);  // Each at least once; the first ten came twice.
}

TEST_F(SqsQueueTest, ALetterThatItsQueueRefusesHoldsUpNoOther) {
  const auto queue = Open("chunks");
  const auto dead = Open("dead");
  ASSERT_TRUE(Send(*dead, Numbered(3)));
  const Fault refused{
      .kind = Kind::kEntriesFail, .code = "InvalidParameterValue", .entries = {1}, .sender_fault = true};
  const Fault refused_alone{
      .kind = Kind::kEntriesFail, .code = "InvalidParameterValue", .entries = {0}, .sender_fault = true};
  sqs_.FailNext("SendMessageBatch", refused);
  sqs_.FailNext("SendMessageBatch", {.kind = Kind::kEntriesSilent});  // No entry named: nothing goes wrong.
  sqs_.FailNext("SendMessageBatch", refused_alone);
  const auto moved = queue->Redrive();
  EXPECT_EQ(moved.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(moved.error().message, HasSubstr("2 dead letters were moved; 1 "));
  EXPECT_EQ(sqs_.size("dead"), 1U);
  EXPECT_EQ(Drain(*queue).size(), 2U);
}

}  // namespace
}  // namespace calve::queue
