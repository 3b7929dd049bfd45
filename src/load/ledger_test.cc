#include "load/ledger.h"

#include <gtest/gtest.h>

#include "load/message.h"
#include "store/memory_store.h"
#include "store/routing_store.h"

namespace calve::load {
namespace {

Plan MakePlan() {
  Plan plan;
  plan.pipeline = "p";
  plan.source = {"memory://in/a.csv", "v1", 1000};
  plan.load_id = MakeLoadId(plan.pipeline, "db.t", plan.source);
  plan.format = "lines";
  plan.pin = {{"a", 1}};
  plan.columns = {{"id", "ID", "DECIMAL(10,2)", {}}, {"s", "s", "VARCHAR", {{"x", "y"}}}};
  plan.sql = "SELECT 'é' FROM chunk";
  plan.target.identifier = "db.t";
  plan.target.table_uuid = "u";
  plan.target.data_location = "memory://wh/t/data";
  plan.target.base = {9007199254740993, 12};  // Not a double.
  plan.records_attempts = true;
  iceberg::Field field;
  field.id = 7;
  field.name = "id";
  field.type.id = iceberg::TypeId::kLong;
  plan.target.columns = {field};
  plan.cuts = {10, 1000, 100, {10, 120, 900}};
  plan.bad_records.max_share = 0.25;
  plan.write.codec = "snappy";
  plan.created_us = 1'700'000'000'000'001;
  plan.created_by = "calve test";
  return plan;
}

ChunkResult MakeResult(const Plan& plan, const std::string& attempt) {
  ChunkResult result;
  result.load_id = plan.load_id;
  result.chunk = 1;
  result.attempt_id = attempt;
  result.records = 3;
  result.rows_in = 2;
  result.quarantined = 1;
  result.first_bad = FirstBadRecord{5, "id", "'\xff' is bad"};
  iceberg::DataFile file;
  file.file_path = "memory://wh/t/data/" + plan.load_id + "-000001-x-000.parquet";
  file.lower_bounds[7] = std::string("\0\xff", 2);
  result.files = {file};
  return result;
}

TEST(PlanJson, RoundTripIsExact) {
  const Plan plan = MakePlan();
  const Json json = PlanToJson(plan);
  const auto back = PlanFromJson(*ParseJson(json.dump(), "plan"));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(PlanToJson(*back), json);
  EXPECT_EQ(back->columns, plan.columns);
  EXPECT_EQ(back->target.base, plan.target.base);
  EXPECT_TRUE(back->records_attempts);
  EXPECT_EQ(back->chunk_count(), 3);
}

TEST(PlanJson, EveryMissingFieldIsAnError) {
  const Json json = PlanToJson(MakePlan());
  for (const auto& [key, value] : json.items()) {
    if (key == "calve" || key == "records-attempts") continue;
    Json broken = json;
    broken.erase(key);
    EXPECT_FALSE(PlanFromJson(broken).has_value()) << key;
  }
  // Of an older calve, whose commits left no trace in the ledger.
  Json older = json;
  older.erase("records-attempts");
  older["target"].erase("base-sequence-number");
  EXPECT_FALSE(PlanFromJson(older)->records_attempts);
  EXPECT_EQ(PlanFromJson(older)->target.base, (iceberg::CleanPoint{9007199254740993, std::nullopt}));
  Json newer = json;
  newer["version"] = 4;
  EXPECT_EQ(PlanFromJson(newer).error().kind, ErrorKind::kInvalidArgument);
}

TEST(PlanJson, CutsThatCannotBeAreCorrupt) {
  const Json json = PlanToJson(MakePlan());
  for (const Json& starts : {Json::array(), Json({10, 9}), Json({10, 1001}), Json({"10"})}) {
    Json broken = json;
    broken["cuts"]["starts"] = starts;
    EXPECT_EQ(PlanFromJson(broken).error().kind, ErrorKind::kCorrupt) << starts;
  }
  Json broken = json;
  broken["cuts"]["step"] = 0;
  EXPECT_EQ(PlanFromJson(broken).error().kind, ErrorKind::kCorrupt);
  broken = json;
  broken["cuts"].erase("starts");
  EXPECT_TRUE(PlanFromJson(broken).has_value());
  broken["commit"] = "chunk";
  EXPECT_EQ(PlanFromJson(broken).error().kind, ErrorKind::kCorrupt);
}

TEST(LoadId, DependsOnEveryPart) {
  const Source source{"a", "v", 1};
  const std::string id = MakeLoadId("p", "t", source);
  EXPECT_EQ(id.size(), 32U);
  EXPECT_NE(id, MakeLoadId("q", "t", source));
  EXPECT_NE(id, MakeLoadId("p", "u", source));
  EXPECT_NE(id, MakeLoadId("p", "t", {"b", "v", 1}));
  EXPECT_NE(id, MakeLoadId("p", "t", {"a", "w", 1}));
  EXPECT_NE(id, MakeLoadId("p", "t", {"a", "v", 2}));
}

TEST(Ledger, TheFirstPlanStands) {
  store::MemoryStore store;
  Ledger ledger(store, "memory://wh/_calve");
  Plan plan = MakePlan();
  EXPECT_FALSE((*ledger.FindPlan(plan.load_id)).has_value());
  ASSERT_TRUE(ledger.PutPlan(plan).has_value());
  plan.sql = "SELECT 2 FROM chunk";
  EXPECT_EQ(ledger.PutPlan(plan)->sql, MakePlan().sql);
  plan.generation = 1;
  EXPECT_EQ(ledger.PutPlan(plan)->sql, plan.sql);
  EXPECT_EQ((*ledger.FindPlan(plan.load_id))->generation, 1);
  EXPECT_EQ(*ledger.ListLoads(), std::vector<std::string>{plan.load_id});
}

TEST(Ledger, WhatStandsInAnotherLoadsPlaceIsRefused) {
  store::MemoryStore store;
  Ledger ledger(store, "memory://wh/_calve");
  const Plan plan = MakePlan();
  ASSERT_TRUE(ledger.PutPlan(plan).has_value());
  Plan other = plan;
  other.source.version = "v2";
  other.load_id = MakeLoadId(other.pipeline, "db.t", other.source);
  const std::string text = JsonText(PlanToJson(plan));
  ASSERT_TRUE(
      store.Put("memory://wh/_calve/loads/" + other.load_id + "/g000/plan.json", text, store::PutMode::kIfAbsent));
  ASSERT_TRUE(
      store.Put("memory://wh/_calve/loads/" + plan.load_id + "/g001/plan.json", text, store::PutMode::kIfAbsent));
  EXPECT_EQ(ledger.ReadPlan(other.load_id, 0).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(ledger.FindPlan(other.load_id).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(ledger.ReadPlan(plan.load_id, 1).error().kind, ErrorKind::kCorrupt);
  EXPECT_TRUE(ledger.ReadPlan(plan.load_id, 0).has_value());

  ASSERT_TRUE(store.Put("memory://wh/_calve/loads/lost+found/x", "", store::PutMode::kIfAbsent));
  EXPECT_EQ(ledger.ListLoads()->size(), 2U) << "what has no id's form is no load";
}

TEST(Ledger, AResultNamesItsOwnFilesOnly) {
  const Plan plan = MakePlan();
  const auto read = [&](const auto& change) {
    store::MemoryStore store;
    Ledger ledger(store, "memory://wh/_calve");
    ChunkResult result = MakeResult(plan, "a");
    result.quarantine_uri = ledger.QuarantineUri(plan, 1, "a");
    change(result);
    const std::string uri = "memory://wh/_calve/loads/" + plan.load_id + "/g000/results/000001.json";
    EXPECT_TRUE(store.Put(uri, JsonText(ChunkResultToJson(result)), store::PutMode::kIfAbsent));
    const auto found = ledger.FindResult(plan, {1, std::nullopt});
    return found.has_value() ? "" : found.error().message;
  };
  EXPECT_EQ(read([](ChunkResult&) {}), "");
  EXPECT_EQ(read([&](ChunkResult& r) {
              r.files[0].file_path = "memory://wh/t/data/d=1/" + plan.load_id + "-000001-b-000.parquet";
            }),
            "");
  EXPECT_NE(read([](ChunkResult& r) { r.load_id = std::string(32, '0'); }), "");
  EXPECT_NE(read([](ChunkResult& r) { r.chunk = 2; }), "");
  EXPECT_NE(read([](ChunkResult& r) { r.pinned_start = 5; }), "");
  for (const std::string& path : {"memory://wh/other/data/" + plan.load_id + "-000001-b-000.parquet",
                                  "memory://wh/t/data/../x/" + plan.load_id + "-000001-b-000.parquet",
                                  "memory://wh/t/data/" + plan.load_id + "-000002-b-000.parquet",
                                  std::string("memory://wh/t/data/somebodys.parquet"), std::string("/etc/passwd")}) {
    EXPECT_NE(read([&](ChunkResult& r) { r.files[0].file_path = path; }), "") << path;
  }
  for (const std::string& uri : {"memory://wh/_calve/loads/" + plan.load_id + "/committed.json",
                                 "memory://wh/_calve/loads/" + plan.load_id + "/g000/quarantine/../plan.json"}) {
    EXPECT_NE(read([&](ChunkResult& r) { r.quarantine_uri = uri; }), "") << uri;
  }
}

TEST(Ledger, OneResultAKeyStands) {
  store::MemoryStore store;
  Ledger ledger(store, "memory://wh/_calve");
  const Plan plan = MakePlan();
  EXPECT_EQ(*ledger.PublishResult(plan, MakeResult(plan, "one")), Publish::kPublished);
  EXPECT_EQ(*ledger.PublishResult(plan, MakeResult(plan, "one")), Publish::kPublished);  // An echo of our own.
  EXPECT_EQ(*ledger.PublishResult(plan, MakeResult(plan, "two")), Publish::kLost);
  ChunkResult pinned = MakeResult(plan, "three");
  pinned.pinned_start = 123;
  EXPECT_EQ(*ledger.PublishResult(plan, pinned), Publish::kPublished);
  EXPECT_EQ(*ledger.ListResults(plan), (std::vector<ResultKey>{{1, std::nullopt}, {1, 123}}));
  const auto found = ledger.FindResult(plan, {1, std::nullopt});
  ASSERT_TRUE(found.has_value() && *found);
  EXPECT_EQ((*found)->attempt_id, "one");
  EXPECT_EQ((*found)->files.at(0).lower_bounds.at(7), std::string("\0\xff", 2));
}

/// Refuses the next calls.
class RefusingStore final : public store::RoutingStore {
 public:
  RefusingStore(store::ObjectStore& inner, ErrorKind kind) : inner_(inner), kind_(kind) {}
  int refusals = 0;

 private:
  Result<store::ObjectStore*> Route(std::string_view /*uri*/) override {
    if (refusals > 0) {
      --refusals;
      return Err(kind_, "refused");
    }
    return &inner_;
  }

  store::ObjectStore& inner_;
  ErrorKind kind_;
};

TEST(Ledger, AFailureToRecordIsOne) {
  const Plan plan = MakePlan();
  for (const ErrorKind kind : {ErrorKind::kPermissionDenied, ErrorKind::kUnavailable, ErrorKind::kNoSpace}) {
    store::MemoryStore memory;
    RefusingStore store(memory, kind);
    Ledger ledger(store, "memory://wh/_calve");
    ASSERT_TRUE(ledger.PutChunkCommit(plan, 0, 7));
    EXPECT_TRUE(ledger.PutChunkCommit(plan, 0, 7));  // It stands already.
    store.refusals = 1000;
    const Status recorded = ledger.PutChunkCommit(plan, 1, 8);
    ASSERT_FALSE(recorded) << ErrorKindName(kind);
    EXPECT_EQ(recorded.error().kind, kind);
    const Result<Plan> standing = ledger.PutPlan(plan);
    ASSERT_FALSE(standing) << ErrorKindName(kind);
    EXPECT_EQ(standing.error().kind, kind);
  }
}

TEST(Ledger, WhatAPutAnswersIsBelievedOnlyWhereItIsClear) {
  const Plan plan = MakePlan();
  for (const ErrorKind kind : {ErrorKind::kPermissionDenied, ErrorKind::kUnavailable, ErrorKind::kNoSpace}) {
    store::MemoryStore memory;
    RefusingStore store(memory, kind);
    Ledger ledger(store, "memory://wh/_calve");
    store.refusals = 1;
    EXPECT_EQ(ledger.PutPlan(plan).error().kind, kind) << "nothing stands";
    ASSERT_TRUE(ledger.PutPlan(plan));
    store.refusals = 1;
    const Result<Plan> standing = ledger.PutPlan(plan);
    EXPECT_EQ(standing.has_value(), kind == ErrorKind::kUnavailable) << "only then may it be ours: the answer was lost";
  }
}

TEST(Ledger, CommitRecordRoundTrip) {
  store::MemoryStore store;
  Ledger ledger(store, "memory://wh/_calve");
  CommitRecord record;
  record.load_id = "abc";
  record.source = {"u", "v", 3};
  record.snapshot_ids = {9007199254740993};
  record.quarantine_uris = {"memory://q"};
  record.first_bad = FirstBadRecord{1, "c", "r"};
  ASSERT_TRUE(ledger.PutCommit(record).has_value());
  record.rows = 99;
  EXPECT_EQ(ledger.PutCommit(record)->rows, 0U);
  EXPECT_EQ(CommitRecordToJson(**ledger.FindCommit("abc"))["snapshot-ids"][0], 9007199254740993);
  const std::string text = JsonText(CommitRecordToJson(record));
  ASSERT_TRUE(store.Put("memory://wh/_calve/loads/def/committed.json", text, store::PutMode::kIfAbsent));
  EXPECT_EQ(ledger.FindCommit("def").error().kind, ErrorKind::kCorrupt) << "it is another load's";
}

TEST(Message, RoundTripAndRefusals) {
  const ChunkMessage message{"memory://wh/_calve", "0123456789abcdef0123456789abcdef", 2, 17, 12345};
  const auto back = ParseChunkMessage(MakeChunkMessage(message).body);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->chunk, 17);
  EXPECT_EQ(back->pinned_start, 12345U);
  for (
      const char* body :
      {"", "{}", "[1]", R"({"calve":"plan"})", R"({"calve":"chunk","version":2})",
       R"({"calve":"chunk","version":1,"state":"s","load-id":"0123456789abcdef0123456789abcdef","generation":0,"chunk":-1})"}) {
    EXPECT_EQ(ParseChunkMessage(body).error().kind, ErrorKind::kBadData) << body;
  }
  // A load id becomes part of paths: nothing else may.
  for (const char* load_id : {"", "../../../elsewhere", "0123456789abcdef0123456789abcde/",
                              "0123456789ABCDEF0123456789ABCDEF", "0123456789abcdef0123456789abcdef0"}) {
    const auto refused = ParseChunkMessage(MakeChunkMessage({"memory://wh/_calve", load_id, 0, 0, {}}).body);
    ASSERT_FALSE(refused.has_value()) << load_id;
    EXPECT_EQ(refused.error().kind, ErrorKind::kBadData) << load_id;
    EXPECT_NE(refused.error().message.find("load-id"), std::string::npos) << refused.error().message;
  }
}

}  // namespace
}  // namespace calve::load
