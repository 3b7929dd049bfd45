#include "app/lambda_handler.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "app/query.h"
#include "base/json.h"
#include "contract/temp_dir.h"

namespace calve::app {
namespace {

using testing::HasSubstr;

/// Counts what it is told.
class Counter final : public WorkObserver {
 public:
  void OnIntake(const IntakeResult& result, const queue::Delivery& /*delivery*/) override {
    const std::lock_guard lock(mutex_);
    intakes.push_back(result.reason);
  }
  void OnChunk(const ChunkEvent& event) override {
    const std::lock_guard lock(mutex_);
    chunks.push_back(event.handled.reason);
  }
  void OnTrouble(const std::string& what) override { ADD_FAILURE() << what; }

  std::vector<std::string> intakes;
  std::vector<std::string> chunks;

 private:
  std::mutex mutex_;
};

/// A function on a warehouse of this disk: its queues are embedded ones, which stand for SQS.
class LambdaHandlerTest : public testing::Test {
 protected:
  void Open(Role role) {
    Settings settings;
    settings.warehouse = dir_.path() + "/wh";
    settings.table = "db.t";
    settings.threads = 2;
    settings.load.read.chunk_size_bytes = 512;
    settings.role = role;
    auto environment = Environment::Open(settings, true);
    ASSERT_TRUE(environment.has_value()) << environment.error().message;
    environment_ = std::move(environment).value();
    auto chunks = environment_->OpenChunkQueue({});
    ASSERT_TRUE(chunks.has_value()) << chunks.error().message;
    chunks_ = *chunks;
    auto handler = LambdaHandler::Make(
        *environment_, chunks_,
        [this](std::string_view arn) -> Result<OpenQueue> {
          asked_.emplace_back(arn);
          return Err(ErrorKind::kNotFound, "no such queue");
        },
        counter_);
    ASSERT_TRUE(handler.has_value()) << handler.error().message;
    handler_ = std::move(handler).value();
  }

  std::string MakeCsv(const std::string& name, int rows) {
    std::string text = "id,name\n";
    for (int i = 0; i < rows; ++i) text += fmt::format("{},name {}\n", i, i);
    return dir_.Write(name, text);
  }

  static std::string Record(const std::string& id, const std::string& body, const std::string& queue) {
    return JsonText({{"messageId", id},
                     {"receiptHandle", "receipt-" + id},
                     {"body", body},
                     {"attributes", {{"ApproximateReceiveCount", "1"}}},
                     {"eventSource", "aws:sqs"},
                     {"eventSourceARN", "arn:aws:sqs:eu-west-1:123456789012:" + queue}});
  }
  static std::string Batch(const std::vector<std::string>& records) {
    std::string text = R"({"Records":[)";
    for (const std::string& record : records) text += (text.back() == '[' ? "" : ",") + record;
    return text + "]}";
  }

  Result<std::string> Invoke(const std::string& payload, Deadline deadline = kNoDeadline) {
    lambda::Invocation invocation;
    invocation.request_id = "request";
    invocation.payload = payload;
    invocation.deadline = deadline;
    return handler_->Handle(invocation, stop_);
  }
  static std::vector<std::string> FailedOf(const Result<std::string>& answer) {
    std::vector<std::string> ids;
    if (!answer.has_value()) return {"error: " + answer.error().message};
    const Result<Json> json = ParseJson(*answer, "the answer");
    for (const Json& item : json->at("batchItemFailures")) ids.push_back(item.at("itemIdentifier"));
    return ids;
  }
  /// What waits on the queue of chunks, taken off it.
  std::vector<std::string> TakeChunks() {
    std::vector<std::string> bodies;
    for (;;) {
      auto got = chunks_.queue->Receive(10, std::chrono::seconds(60), std::chrono::milliseconds(0));
      if (!got.has_value() || got->empty()) return bodies;
      for (const queue::Delivery& delivery : *got) {
        bodies.push_back(delivery.body);
        EXPECT_TRUE(chunks_.queue->Delete(delivery.receipt).has_value());
      }
    }
  }
  std::string CountRows() {
    const Result<QueryOutput> output = RunQuery(*environment_, "SELECT count(*), count(DISTINCT id) FROM db.t", 0);
    if (!output.has_value()) return output.error().message;
    return output->rows[0][0].value_or("null") + " " + output->rows[0][1].value_or("null");
  }

  TempDir dir_;
  CancelToken stop_;
  Counter counter_;
  std::vector<std::string> asked_;
  std::unique_ptr<Environment> environment_;
  OpenQueue chunks_;
  std::unique_ptr<LambdaHandler> handler_;
};

TEST_F(LambdaHandlerTest, ANotificationBecomesChunksAndTheyBecomeOneSnapshotWhateverIsDeliveredTwice) {
  Open(Role::kBoth);
  const std::string source = MakeSourceMessage(MakeCsv("a.csv", 200));
  EXPECT_THAT(FailedOf(Invoke(Batch({Record("n1", source, "events")}))), testing::IsEmpty());
  std::vector<std::string> bodies = TakeChunks();
  ASSERT_GE(bodies.size(), 4U);
  std::vector<std::string> records;
  for (size_t i = 0; i < bodies.size(); ++i) {
    for (int copy = 0; copy < 3; ++copy) {
      records.push_back(Record(fmt::format("c{}-{}", i, copy), bodies[i], "chunks"));
    }
  }
  EXPECT_THAT(FailedOf(Invoke(Batch(records))), testing::IsEmpty());
  for (const std::string& body : TakeChunks()) {  // Pinned runs, should a guess have been wrong.
    EXPECT_THAT(FailedOf(Invoke(Batch({Record("p", body, "chunks")}))), testing::IsEmpty());
  }
  EXPECT_EQ(CountRows(), "200 200");
  EXPECT_THAT(FailedOf(Invoke(Batch({Record("n2", source, "events")}))), testing::IsEmpty());
  EXPECT_THAT(TakeChunks(), testing::IsEmpty()) << "it is loaded already";
  EXPECT_EQ(CountRows(), "200 200");
}

TEST_F(LambdaHandlerTest, OnePoisonedRecordDoesNotKeepTheOthers) {
  Open(Role::kBoth);
  const std::string good = MakeSourceMessage(MakeCsv("a.csv", 3));
  const auto failed = FailedOf(Invoke(Batch({Record("bad", "{\"what\":1}", "events"), Record("good", good, "events"),
                                             R"({"messageId":"odd","eventSource":"aws:sqs"})"})));
  EXPECT_THAT(failed, testing::UnorderedElementsAre("bad", "odd"));
  EXPECT_EQ(TakeChunks().size(), 1U);
  EXPECT_THAT(asked_, testing::ElementsAre("arn:aws:sqs:eu-west-1:123456789012:events"));
}

TEST_F(LambdaHandlerTest, WhatCannotBeginInTimeIsGivenBack) {
  Open(Role::kBoth);
  const std::string source = MakeSourceMessage(MakeCsv("a.csv", 200));
  ASSERT_THAT(FailedOf(Invoke(Batch({Record("n", source, "events")}))), testing::IsEmpty());
  std::vector<std::string> records;
  std::vector<std::string> ids;
  for (const std::string& body : TakeChunks()) {
    ids.push_back(fmt::format("c{}", ids.size()));
    records.push_back(Record(ids.back(), body, "chunks"));
  }
  EXPECT_THAT(FailedOf(Invoke(Batch(records), environment_->clock().Monotonic())),
              testing::UnorderedElementsAreArray(ids));
  EXPECT_EQ(CountRows(), "0 0");
}

TEST_F(LambdaHandlerTest, RolesRefuseTheOtherQueuesMessages) {
  Open(Role::kPlan);
  const std::string source = MakeSourceMessage(MakeCsv("a.csv", 3));
  ASSERT_THAT(FailedOf(Invoke(Batch({Record("n", source, "events")}))), testing::IsEmpty());
  const std::vector<std::string> bodies = TakeChunks();
  ASSERT_EQ(bodies.size(), 1U);
  EXPECT_THAT(FailedOf(Invoke(Batch({Record("c", bodies[0], "events")}))), testing::ElementsAre("c"));
  handler_.reset();
  Open(Role::kConsume);
  EXPECT_THAT(FailedOf(Invoke(Batch({Record("n", source, "chunks")}))), testing::ElementsAre("n"));
  EXPECT_THAT(FailedOf(Invoke(Batch({Record("c", bodies[0], "chunks")}))), testing::IsEmpty());
  EXPECT_EQ(CountRows(), "3 3");
}

TEST_F(LambdaHandlerTest, ADirectInvokerIsToldWhatWasDoneOrWhyNot) {
  Open(Role::kBoth);
  const auto planned = Invoke(MakeSourceMessage(MakeCsv("a.csv", 3)));
  ASSERT_TRUE(planned.has_value()) << planned.error().message;
  EXPECT_THAT(*planned, HasSubstr("\"chunks_sent\":1"));
  const auto missing = Invoke(MakeSourceMessage(dir_.path() + "/none.csv"));
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("none.csv"));
  EXPECT_FALSE(Invoke("no json").has_value());
}

TEST_F(LambdaHandlerTest, AFunctionWithoutScratchGivesTheChunkBackAndIsReplaced) {
  Open(Role::kBoth);
  const std::string source = MakeSourceMessage(MakeCsv("a.csv", 10));
  EXPECT_THAT(FailedOf(Invoke(Batch({Record("n1", source, "events")}))), testing::IsEmpty());
  const std::vector<std::string> bodies = TakeChunks();
  ASSERT_FALSE(bodies.empty());
  EXPECT_EQ(handler_->Unfit(), std::nullopt);
  const std::string scratch = dir_.path() + "/wh/_calve/tmp";
  std::filesystem::remove_all(scratch);
  dir_.Write("wh/_calve/tmp", "no folder");
  EXPECT_THAT(FailedOf(Invoke(Batch({Record("c1", bodies[0], "chunks")}))), testing::ElementsAre("c1"));
  ASSERT_TRUE(handler_->Unfit().has_value());
  EXPECT_EQ(handler_->Unfit()->kind, ErrorKind::kMachine);
  // The environment that comes after it finds the chunk where it was.
  handler_.reset();
  std::filesystem::remove(scratch);
  Open(Role::kBoth);
  for (const std::string& body : bodies) {
    EXPECT_THAT(FailedOf(Invoke(Batch({Record("c2", body, "chunks")}))), testing::IsEmpty());
  }
  EXPECT_EQ(CountRows(), "10 10");
}

TEST_F(LambdaHandlerTest, AChunkOfAnotherLedgerIsRefusedWithBothNames) {
  Open(Role::kConsume);
  const load::ChunkMessage message{"s3://elsewhere/_calve", "0123456789abcdef0123456789abcdef", 0, 0, std::nullopt};
  const auto answer = Invoke(load::MakeChunkMessage(message).body);
  ASSERT_FALSE(answer.has_value());
  EXPECT_THAT(answer.error().message, HasSubstr("s3://elsewhere/_calve"));
  EXPECT_THAT(answer.error().message, HasSubstr(environment_->ledger_prefix()));
}

}  // namespace
}  // namespace calve::app
