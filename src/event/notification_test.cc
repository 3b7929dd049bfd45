#include "event/notification.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/json.h"

namespace calve::event {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// As S3 sends it (event version 2.x), with the parts that matter here to be replaced.
Json Record(const std::string& name = "ObjectCreated:Put", const std::string& key = "in/taxi+2024+%2801%29.csv") {
  Json json = Json::parse(R"({
    "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "eu-west-1", "eventTime": "2026-11-24T10:15:30.123Z",
    "userIdentity": {"principalId": "AWS:AIDAEXAMPLE"}, "requestParameters": {"sourceIPAddress": "192.0.2.7"},
    "responseElements": {"x-amz-request-id": "C3D13FE58DE4C810", "x-amz-id-2": "FMyUVURIY8"},
    "s3": {"s3SchemaVersion": "1.0", "configurationId": "calve",
      "bucket": {"name": "landing", "ownerIdentity": {"principalId": "A3NL1KOZZKExample"}, "arn": "arn:aws:s3:::landing"},
      "object": {"size": 1048576, "eTag": "d41d8cd98f00b204e9800998ecf8427e-3", "versionId": "096fKKXTRTtl3on89fVO",
        "sequencer": "0055AED6DCD90281E5"}}})");
  json["eventName"] = name;
  json["s3"]["object"]["key"] = key;
  return json;
}
std::string Event(const std::vector<Json>& records) { return Json{{"Records", records}}.dump(); }

std::string Sns(const std::string& message, const std::string& type = "Notification") {
  return Json{{"Type", type},
              {"MessageId", "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"},
              {"TopicArn", "arn:aws:sns:eu-west-1:123456789012:landed"},
              {"Subject", "Amazon S3 Notification"},
              {"Message", message},
              {"Timestamp", "2026-11-24T10:15:31.004Z"},
              {"SignatureVersion", "1"}}
      .dump();
}

Json EventBridge(const std::string& type = "Object Created") {
  Json json = Json::parse(R"({
    "version": "0", "id": "17793124-05d4-b198-2fde-7ededc63b103", "source": "aws.s3", "account": "123456789012",
    "time": "2026-11-12T00:00:00Z", "region": "ca-central-1", "resources": ["arn:aws:s3:::landing"],
    "detail": {"version": "0", "bucket": {"name": "landing"},
      "object": {"key": "in/a+b %20.csv", "size": 5, "etag": "b1946ac92492d2347c6235b4d2611184",
        "version-id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e", "sequencer": "00617F08299329D189"},
      "request-id": "N4N7GDK58NMKJ12R", "requester": "123456789012", "reason": "PutObject"}})");
  json["detail-type"] = type;
  return json;
}

Notification Must(const std::string& body) {
  auto notification = ParseNotification(body);
  EXPECT_TRUE(notification.has_value()) << notification.error().message;
  return notification.has_value() ? *notification : Notification{};
}
std::string Reason(const std::string& body) {
  const auto notification = ParseNotification(body);
  EXPECT_FALSE(notification.has_value());
  if (notification.has_value()) return {};
  EXPECT_EQ(notification.error().kind, ErrorKind::kBadData);
  return notification.error().message;
}
// Nothing to do, for one reason.
std::string Ignored(const std::string& body) {
  const Notification notification = Must(body);
  EXPECT_EQ(notification.kind, Kind::kNothing);
  EXPECT_THAT(notification.objects, IsEmpty());
  EXPECT_THAT(notification.ignored, SizeIs(1));
  return notification.ignored.empty() ? "" : notification.ignored.front();
}
std::string KeyOf(const std::string& encoded) {
  const Notification notification = Must(Event({Record("ObjectCreated:Put", encoded)}));
  return notification.objects.empty() ? "" : notification.objects.front().key;
}

TEST(NotificationTest, ARawS3EventGivesEverythingItSays) {
  const Notification notification = Must(Event({Record()}));
  EXPECT_EQ(notification.kind, Kind::kLanded);
  EXPECT_THAT(notification.objects, ElementsAre(LandedObject{.bucket = "landing",
                                                             .key = "in/taxi 2024 (01).csv",
                                                             .version_id = "096fKKXTRTtl3on89fVO",
                                                             .etag = "d41d8cd98f00b204e9800998ecf8427e-3",
                                                             .size_bytes = 1048576,
                                                             .event_name = "ObjectCreated:Put",
                                                             .sequencer = "0055AED6DCD90281E5"}));
  EXPECT_THAT(notification.ignored, IsEmpty());
}

TEST(NotificationTest, EveryMinorVersionOfTwoIsReadAndNoOtherMajorOne) {
  for (const char* version : {"2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.31"}) {
    Json record = Record();
    record["eventVersion"] = version;
    record["somethingNew"] = {{"deep", true}};
    EXPECT_THAT(Must(Event({record})).objects, SizeIs(1)) << version;
  }
  for (const char* version : {"1.0", "3.0", "22.1", "x"}) {
    Json record = Record();
    record["eventVersion"] = version;
    EXPECT_THAT(Reason(Event({record})), HasSubstr("eventVersion")) << version;
  }
}

TEST(NotificationTest, AllWaysOfCreatingCountAndNothingElse) {
  for (const char* name : {"Put", "Post", "Copy", "CompleteMultipartUpload"}) {
    EXPECT_THAT(Must(Event({Record(std::string("ObjectCreated:") + name)})).objects, SizeIs(1)) << name;
  }
  for (const char* name : {"ObjectRemoved:Delete", "ObjectRemoved:DeleteMarkerCreated", "ObjectRestore:Completed",
                           "ReducedRedundancyLostObject", "Replication:OperationFailedReplication",
                           "LifecycleExpiration:Delete", "ObjectTagging:Put", "ObjectAcl:Put", "ObjectCreatedX"}) {
    EXPECT_EQ(Ignored(Event({Record(name)})), "an event that creates no object") << name;
  }
  // What is removed has neither size nor ETag.
  Json removed = Record("ObjectRemoved:Delete");
  removed["s3"]["object"] = {{"key", "x"}, {"sequencer", "0055"}};
  EXPECT_EQ(Must(Event({removed})).kind, Kind::kNothing);
}

TEST(NotificationTest, SeveralRecordsInOneMessage) {
  const Notification notification =
      Must(Event({Record("ObjectCreated:Put", "a.csv"), Record("ObjectRemoved:Delete", "b.csv"),
                  Record("ObjectCreated:Copy", "c.csv"), Record("ObjectCreated:Put", "dir/")}));
  EXPECT_EQ(notification.kind, Kind::kLanded);
  ASSERT_THAT(notification.objects, SizeIs(2));
  EXPECT_EQ(notification.objects[0].key, "a.csv");
  EXPECT_EQ(notification.objects[1].key, "c.csv");
  EXPECT_THAT(notification.ignored, ElementsAre("an event that creates no object", "a folder was created"));
  Json broken = Record();
  broken["s3"].erase("bucket");
  EXPECT_THAT(Reason(Event({Record(), broken})), HasSubstr("record 1"));
}

TEST(NotificationTest, KeysAreDecodedOnce) {
  EXPECT_EQ(KeyOf("plain.csv"), "plain.csv");
  EXPECT_EQ(KeyOf("a+b"), "a b");
  EXPECT_EQ(KeyOf("a%2Bb"), "a+b");
  EXPECT_EQ(KeyOf("a%2520b"), "a%20b");  // The object's name has "%20" in it.
  EXPECT_EQ(KeyOf("100%25"), "100%");
  EXPECT_EQ(KeyOf("x%2Fy%2fz.csv"), "x/y/z.csv");  // MinIO.
  EXPECT_EQ(KeyOf("%C3%BCnl%F0%9F%A7%8A.csv"), "\xC3\xBCnl\xF0\x9F\xA7\x8A.csv");
  EXPECT_EQ(KeyOf("a/../b%0A"), "a/../b\n");
}

TEST(NotificationTest, KeysThatAreNotEncodedAreNotGuessed) {
  for (const char* key : {"100%", "a%2", "a%zz", "%%41", "a% 20"}) {
    EXPECT_THAT(Reason(Event({Record("ObjectCreated:Put", key)})), HasSubstr("not url-encoded")) << key;
  }
  EXPECT_THAT(Reason(Event({Record("ObjectCreated:Put", "a%FFb")})), HasSubstr("UTF-8"));
  EXPECT_THAT(Reason(Event({Record("ObjectCreated:Put", "")})), HasSubstr("key is empty"));
}

TEST(NotificationTest, FoldersAndEmptyObjectsAreAcknowledged) {
  EXPECT_EQ(Ignored(Event({Record("ObjectCreated:Put", "in/2024/")})), "a folder was created");
  EXPECT_EQ(Ignored(Event({Record("ObjectCreated:Put", "in%2F2024%2F")})), "a folder was created");
  Json empty = Record();
  empty["s3"]["object"]["size"] = 0;
  EXPECT_EQ(Ignored(Event({empty})), "an empty object was created");
  empty["s3"]["object"].erase("size");  // Not known is not empty.
  EXPECT_EQ(Must(Event({empty})).objects.at(0).size_bytes, std::nullopt);
}

TEST(NotificationTest, TheVersionCalledNullIsNone) {
  Json record = Record();
  record["s3"]["object"]["versionId"] = "null";
  EXPECT_EQ(Must(Event({record})).objects.at(0).version_id, "");
  record["s3"]["object"].erase("versionId");
  record["s3"]["object"]["eTag"] = "\"quoted\"";
  EXPECT_EQ(Must(Event({record})).objects.at(0).version_id, "");
  EXPECT_EQ(Must(Event({record})).objects.at(0).etag, "quoted");
}

TEST(NotificationTest, TheTestEventIsAcknowledgedInEveryEnvelope) {
  const std::string test =
      R"({"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-11-24T10:00:00.000Z",)"
      R"("Bucket":"landing","RequestId":"5582815E1AEA5ADF","HostId":"8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3e"})";
  EXPECT_EQ(Ignored(test), "S3's test event");
  EXPECT_EQ(Ignored(Sns(test)), "S3's test event");
}

TEST(NotificationTest, SnsEnvelopesAreOpened) {
  EXPECT_EQ(Must(Sns(Event({Record()}))).objects, Must(Event({Record()})).objects);
  EXPECT_EQ(Must(Sns(EventBridge().dump())).objects, Must(EventBridge().dump()).objects);
  EXPECT_EQ(Must(Sns(Sns(Event({Record()})))).objects, Must(Event({Record()})).objects);
  std::string deep = Event({Record()});
  for (int i = 0; i < 6; ++i) deep = Sns(deep);
  EXPECT_THAT(Reason(deep), HasSubstr("envelopes"));
  EXPECT_THAT(Reason(Sns("hello")), HasSubstr("not a JSON object"));
}

TEST(NotificationTest, SnsControlMessages) {
  EXPECT_THAT(Reason(Sns("You have chosen to subscribe", "SubscriptionConfirmation")), HasSubstr("confirmed"));
  EXPECT_EQ(Must(Sns("You have chosen to deactivate", "UnsubscribeConfirmation")).kind, Kind::kNothing);
  EXPECT_THAT(Reason(Sns("x", "Other")), HasSubstr("no Notification"));
}

TEST(NotificationTest, EventBridgeKeysAreTakenAsTheyAre) {
  EXPECT_THAT(Must(EventBridge().dump()).objects,
              ElementsAre(LandedObject{.bucket = "landing",
                                       .key = "in/a+b %20.csv",
                                       .version_id = "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
                                       .etag = "b1946ac92492d2347c6235b4d2611184",
                                       .size_bytes = 5,
                                       .event_name = "Object Created",
                                       .sequencer = "00617F08299329D189"}));
}

TEST(NotificationTest, OtherEventBridgeEvents) {
  for (const char* type : {"Object Deleted", "Object Restore Completed", "Object Tags Added"}) {
    EXPECT_EQ(Ignored(EventBridge(type).dump()), "an event that creates no object");
  }
  Json other = EventBridge();
  other["source"] = "aws.ec2";
  EXPECT_THAT(Reason(other.dump()), HasSubstr("not from S3"));
  Json broken = EventBridge();
  broken["detail"]["object"].erase("key");
  EXPECT_THAT(Reason(broken.dump()), HasSubstr("key"));
}

TEST(NotificationTest, MinioSendsTheKeyTwice) {
  Json record = Record("s3:ObjectCreated:Put", "in%2Fa+b.csv");
  record["eventVersion"] = "2.0";
  record["eventSource"] = "minio:s3";
  record["awsRegion"] = "";
  record["source"] = {{"host", "127.0.0.1"}, {"port", ""}, {"userAgent", "MinIO"}};
  record["s3"]["object"]["contentType"] = "text/csv";
  record["s3"]["object"]["userMetadata"] = {{"content-type", "text/csv"}};
  const Json minio = {{"EventName", "s3:ObjectCreated:Put"}, {"Key", "landing/in/a b.csv"}, {"Records", {record}}};
  const Notification notification = Must(minio.dump());
  ASSERT_THAT(notification.objects, SizeIs(1));
  EXPECT_EQ(notification.objects[0].key, "in/a b.csv");
  EXPECT_EQ(notification.objects[0].event_name, "ObjectCreated:Put");
  EXPECT_THAT(Reason(R"({"EventName":"s3:ObjectCreated:Put","Key":"landing/a.csv"})"), HasSubstr("neither"));
}

TEST(NotificationTest, CephCallsItselfByMoreNames) {
  for (const char* source : {"ceph:s3", "ceph:s3.zone-a.landing"}) {
    Json record = Record();
    record["eventSource"] = source;
    EXPECT_THAT(Must(Event({record})).objects, SizeIs(1));
  }
  Json other = Record();
  other["eventSource"] = "aws:ses";
  EXPECT_THAT(Reason(Event({other})), HasSubstr("not S3"));
}

TEST(NotificationTest, ChunkMessagesAreTold) {
  EXPECT_EQ(Must(R"({"calve":"chunk","version":1,"state":"s3://w/_calve/","load-id":"00","chunk":3})").kind,
            Kind::kChunk);
  EXPECT_THAT(Reason(R"({"calve":"other"})"), HasSubstr("no chunk message"));
  EXPECT_THAT(Reason(Sns(R"({"calve":"chunk"})")), HasSubstr("neither"));
  const Notification seed = Must(R"({"s3_bucket": "work", "s3_object_key": "chunks/taxi+1%20_chunk_0.parquet"})");
  EXPECT_EQ(seed.kind, Kind::kSeedChunk);
  ASSERT_THAT(seed.objects, SizeIs(1));
  EXPECT_EQ(seed.objects[0].bucket, "work");
  EXPECT_EQ(seed.objects[0].key, "chunks/taxi+1%20_chunk_0.parquet");  // It was never encoded.
  EXPECT_THAT(Reason(R"({"s3_bucket": "work"})"), HasSubstr("s3_object_key"));
  EXPECT_THAT(Reason(R"({"s3_bucket": "", "s3_object_key": "k"})"), HasSubstr("bucket"));
}

TEST(NotificationTest, WhatIsNotUnderstoodSaysWhyAndNeverWhatItHeld) {
  for (const char* body : {"", "SECRET", "{\"SECRET\"", "[]", "\"SECRET\"", "null", "{}", "{\"SECRET\": 1}",
                           "{\"Records\": \"SECRET\"}", "{\"Records\": [\"SECRET\"]}", "{\"Records\": [{}]}",
                           "{\"Type\": 7, \"Message\": 1}", "{\"detail-type\": 7}", "\xff\xfe"}) {
    const std::string reason = Reason(body);
    EXPECT_FALSE(reason.empty()) << body;
    EXPECT_THAT(reason, Not(HasSubstr("SECRET")));
  }
  for (const auto& [pointer, value] : std::vector<std::pair<const char*, Json>>{{"/eventName", 1},
                                                                                {"/s3", "x"},
                                                                                {"/s3/object", Json::array()},
                                                                                {"/s3/object/key", 1},
                                                                                {"/s3/object/size", -1},
                                                                                {"/s3/object/size", "1"},
                                                                                {"/s3/object/eTag", 5},
                                                                                {"/s3/bucket/name", ""},
                                                                                {"/s3/bucket/name", "a/b"}}) {
    Json record = Record();
    record[Json::json_pointer(pointer)] = value;
    EXPECT_THAT(Reason(Event({record})), HasSubstr("record 0")) << pointer;
  }
  EXPECT_EQ(Ignored(R"({"Records": []})"), "an S3 event without records");
}

}  // namespace
}  // namespace calve::event
