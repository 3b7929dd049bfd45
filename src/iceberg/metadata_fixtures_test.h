// Documents that the tests of table metadata share.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "iceberg/table_metadata.h"

namespace calve::iceberg {

class FixedClock final : public Clock {
 public:
  explicit FixedClock(int64_t now_ms) : now_ms_(now_ms) {}
  TimestampMicros Now() override { return TimestampMicros(std::chrono::milliseconds(now_ms_)); }
  std::chrono::steady_clock::time_point Monotonic() override { return {}; }
  void SleepFor(std::chrono::milliseconds duration) override { now_ms_ += duration.count(); }

 private:
  int64_t now_ms_;
};

inline Json ParsedJson(std::string_view text) {
  auto json = ParseJson(text, "test");
  EXPECT_TRUE(json.has_value()) << text;
  return json.value_or(Json());
}

inline TableMetadata ParsedTable(std::string_view text) {
  auto metadata = TableMetadata::Parse(text, "test");
  if (!metadata) throw std::runtime_error(metadata.error().message);  // Fails the test that asked for it.
  return *std::move(metadata);
}

/// A version 2 table with two snapshots, two schemas, a tag, and members that no specification knows at every level.
inline constexpr std::string_view kRichV2 = R"({
 "format-version":2,"table-uuid":"9c12d441-03fe-4693-9a96-a0705ddf69c1","location":"memory://w/t",
 "last-sequence-number":34,"last-updated-ms":1602638573590,"last-column-id":3,"current-schema-id":1,
 "x-top":{"deep":[1,{"a":null}]},
 "schemas":[
  {"type":"struct","schema-id":0,"x-schema":1,"fields":[{"id":1,"name":"x","required":true,"type":"long","x-field":[]}]},
  {"type":"struct","schema-id":1,"identifier-field-ids":[1],"x-schema":{"k":"v"},"fields":[
   {"id":1,"name":"x","required":true,"type":"int","x-field":2.5,"doc":"d"},
   {"id":2,"name":"y","required":false,"type":{"type":"list","element-id":3,"element":"float","element-required":false,
    "x-list":true}}]}],
 "default-spec-id":0,
 "partition-specs":[{"spec-id":0,"x-spec":1,
   "fields":[{"name":"x_bucket","transform":"bucket[4]","source-id":1,"field-id":1000,"x-part":"p"}]}],
 "last-partition-id":1000,"default-sort-order-id":3,
 "sort-orders":[{"order-id":3,"x-order":0,"fields":[{"transform":"identity","source-id":1,"direction":"asc",
   "null-order":"nulls-first","x-sort":1}]}],
 "properties":{"owner":"me","x.y":"z"},
 "current-snapshot-id":3055729675574597004,
 "snapshots":[
  {"snapshot-id":3051729675574597004,"timestamp-ms":1515100955770,"sequence-number":0,
   "summary":{"operation":"append","x-sum":"1"},"manifest-list":"memory://w/t/m1.avro","x-snap":1},
  {"snapshot-id":3055729675574597004,"parent-snapshot-id":3051729675574597004,"timestamp-ms":1555100955770,
   "sequence-number":34,"summary":{"operation":"append"},"manifest-list":"memory://w/t/m2.avro","schema-id":1,
   "key-id":"k"}],
 "snapshot-log":[{"snapshot-id":3051729675574597004,"timestamp-ms":1515100955770,"x-log":1},
  {"snapshot-id":3055729675574597004,"timestamp-ms":1555100955770}],
 "metadata-log":[{"metadata-file":"memory://w/t/metadata/00000-a.metadata.json","timestamp-ms":1515100000000,"x-ml":1}],
 "refs":{"main":{"snapshot-id":3055729675574597004,"type":"branch","max-ref-age-ms":99,"x-ref":1},
  "old":{"snapshot-id":3051729675574597004,"type":"tag","x-ref":2}},
 "statistics":[{"snapshot-id":3051729675574597004,"statistics-path":"s.puffin","x-stat":1}],
 "encryption-keys":[{"key-id":"k"}]})";

/// A version 1 table as the first writers left it: one schema, one spec without field ids, no uuid.
inline constexpr std::string_view kBareV1 = R"({
 "format-version":1,"location":"memory://w/t1","last-updated-ms":1602638573874,"last-column-id":3,"x-top":1,
 "schema":{"type":"struct","x-schema":1,"fields":[{"id":1,"name":"x","required":true,"type":"long"},
  {"id":2,"name":"y","required":true,"type":"long","doc":"comment"},{"id":3,"name":"z","required":true,"type":"int"}]},
 "partition-spec":[{"name":"x","transform":"identity","source-id":1,"x-part":1},
  {"name":"y_bucket","transform":"bucket[8]","source-id":2}],
 "properties":{},"current-snapshot-id":-1,"snapshots":[]})";

}  // namespace calve::iceberg
