#include "lambda/sqs_event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace calve::lambda {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

// The form that AWS documents for an event source mapping.
constexpr char kTwo[] = R"({"Records":[
  {"messageId":"059f36b4","receiptHandle":"AQEB1","body":"{\"a\":\"\u00e9\\n\"}",
   "attributes":{"ApproximateReceiveCount":"3","SentTimestamp":"1545082649183","SenderId":"AID"},
   "messageAttributes":{"calve":{"stringValue":"x","stringListValues":[],"binaryListValues":[],"dataType":"String"},
                        "raw":{"binaryValue":"AAE=","dataType":"Binary"}},
   "md5OfBody":"e4e68fb7","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:eu-west-1:123456789012:q",
   "awsRegion":"eu-west-1"},
  {"messageId":"2e1424d4","receiptHandle":"AQEB2","body":"","attributes":{"ApproximateReceiveCount":"1"},
   "messageAttributes":{},"eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:eu-west-1:123456789012:q"}]})";

TEST(SqsEvent, EveryFieldOfABatch) {
  const auto batch = ParseSqsEvent(kTwo);
  ASSERT_TRUE(batch.has_value()) << batch.error().message;
  EXPECT_TRUE(batch->from_queue);
  EXPECT_TRUE(batch->bad.empty());
  ASSERT_EQ(batch->records.size(), 2U);
  const SqsRecord& first = batch->records[0];
  EXPECT_EQ(first.message_id, "059f36b4");
  EXPECT_EQ(first.receipt_handle, "AQEB1");
  EXPECT_EQ(first.body, "{\"a\":\"\xC3\xA9\\n\"}");
  EXPECT_EQ(first.receive_count, 3);
  EXPECT_EQ(first.queue_arn, "arn:aws:sqs:eu-west-1:123456789012:q");
  EXPECT_THAT(first.attributes, UnorderedElementsAre(Pair("calve", "x")));
  EXPECT_EQ(batch->records[1].body, "");
  EXPECT_EQ(batch->records[1].receive_count, 1);
}

TEST(SqsEvent, AMalformedRecordFailsAlone) {
  const auto batch = ParseSqsEvent(R"({"Records":[
    {"messageId":"good","body":"b","eventSource":"aws:sqs"},
    {"messageId":"no-body","eventSource":"aws:sqs"},
    {"messageId":"body-type","body":{"a":1},"eventSource":"aws:sqs"},
    {"messageId":"count","body":"b","attributes":{"ApproximateReceiveCount":"many"},"eventSource":"aws:sqs"},
    {"messageId":"negative","body":"b","attributes":{"ApproximateReceiveCount":"-1"},"eventSource":"aws:sqs"},
    {"messageId":"attributes","body":"b","messageAttributes":[],"eventSource":"aws:sqs"},
    {"messageId":"attribute","body":"b","messageAttributes":{"x":1},"eventSource":"aws:sqs"},
    {"messageId":7,"body":"b"}, {"messageId":"","body":"b"}, 5, null, []]})");
  ASSERT_TRUE(batch.has_value());
  ASSERT_EQ(batch->records.size(), 1U);
  EXPECT_EQ(batch->records[0].message_id, "good");
  std::vector<std::string> ids;
  for (const BadSqsRecord& bad : batch->bad) ids.push_back(bad.message_id);
  EXPECT_THAT(ids,
              ElementsAre("no-body", "body-type", "count", "negative", "attributes", "attribute", "", "", "", "", ""));
  EXPECT_THAT(batch->bad[0].reason, HasSubstr("record 1 of the batch"));
  EXPECT_THAT(batch->bad[0].reason, HasSubstr("'body'"));
}

TEST(SqsEvent, EverythingElseIsOneDirectRecordByteForByte) {
  for (const std::string payload : {
           R"({"Records":[{"eventSource":"aws:s3","s3":{"object":{"key":"a+b"}}}]})",
           R"({"Records":[{"EventSource":"aws:sns","Sns":{"Message":"{}"}}]})",
           R"( {"version":"0","detail-type":"Object Created","source":"aws.s3","detail":{}} )",
           R"({"Service":"Amazon S3","Event":"s3:TestEvent"})",
           R"({"s3_bucket":"b","s3_object_key":"k"})",
           R"({"Records":[]})",
           R"({"Records":{"messageId":"x","body":"y"}})",
           R"({})",
           // An S3 record with fields of an SQS one is still an S3 record.
           R"({"Records":[{"eventSource":"aws:s3","messageId":"x","body":"y"}]})",
       }) {
    const auto batch = ParseSqsEvent(payload);
    ASSERT_TRUE(batch.has_value()) << payload;
    EXPECT_FALSE(batch->from_queue) << payload;
    EXPECT_TRUE(batch->bad.empty());
    ASSERT_EQ(batch->records.size(), 1U) << payload;
    EXPECT_EQ(batch->records[0].body, payload);
    EXPECT_EQ(batch->records[0].message_id, "");
  }
}

TEST(SqsEvent, WhatIsNoObjectIsBadDataAndNotQuoted) {
  for (const std::string payload :
       {"", "secret", "\"secret\"", "[{\"secret\":1}]", "{\"secret", "{\"a\":\"secret\xFF\"}"}) {
    const auto batch = ParseSqsEvent(payload);
    ASSERT_FALSE(batch.has_value()) << payload;
    EXPECT_EQ(batch.error().kind, ErrorKind::kBadData);
    EXPECT_EQ(batch.error().message.find("secret"), std::string::npos) << batch.error().message;
  }
}

TEST(SqsEvent, ReasonsDoNotQuoteBodies) {
  const auto batch = ParseSqsEvent(
      R"({"Records":[{"messageId":"a","eventSource":"aws:sqs","body":["secret"]},
                     {"messageId":"b","eventSource":"aws:sqs","body":"secret","attributes":"secret"}]})");
  ASSERT_EQ(batch->bad.size(), 2U);
  for (const BadSqsRecord& bad : batch->bad) EXPECT_EQ(bad.reason.find("secret"), std::string::npos) << bad.reason;
}

TEST(BatchAnswer, NamesEachFailureOnce) {
  EXPECT_EQ(BatchAnswer({}), R"({"batchItemFailures":[]})");
  const std::vector<std::string> ids{"b", "a", "b", "q\"\xFF"};
  EXPECT_EQ(BatchAnswer(ids),
            R"({"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"a"},{"itemIdentifier":"q\")"
            "\xEF\xBF\xBD\"}]}");
  // Lambda takes an empty identifier as the failure of the whole batch: a nameless message is delivered again with it.
  EXPECT_EQ(BatchAnswer(std::vector<std::string>{""}), R"({"batchItemFailures":[{"itemIdentifier":""}]})");
}

}  // namespace
}  // namespace calve::lambda
