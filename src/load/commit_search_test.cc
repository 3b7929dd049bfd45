#include "load/commit_search.h"

#include <gtest/gtest.h>

#include "fakes/fake_clock.h"
#include "iceberg/append.h"
#include "load/known_table.h"
#include "store/memory_store.h"

namespace calve::load {
namespace {

using iceberg::CleanPoint;

const std::string kLoad = "0123456789abcdef0123456789abcdef";

/// A table that others and this load append to, and what a catalog may make of its history.
class CommitSearch : public testing::Test {
 protected:
  static iceberg::NewTable Definition() {
    iceberg::NewTable definition;
    definition.location = "memory://t";
    iceberg::Field field;
    field.name = "id";
    definition.schema.fields.push_back(field);
    return definition;
  }

  CleanPoint State() const { return iceberg::StateOf(table_.metadata); }

  /// The new snapshot's id.
  int64_t Append(const std::string& file, std::map<std::string, std::string> summary = {}) {
    iceberg::DataFile data;
    data.file_path = "memory://t/data/" + file;
    data.record_count = 1;
    data.file_size_bytes = 10;
    const auto built = iceberg::BuildAppend(table_, {{data}, std::move(summary), table_.metadata.schema().schema_id},
                                            store_, clock_, rng_);
    EXPECT_TRUE(built) << built.error().message;
    table_.metadata =
        iceberg::ApplyUpdates(table_.metadata, "memory://t/v.json", built->change.updates, clock_).value();
    return built->snapshot_id;
  }
  int64_t AppendOurs() { return Append(kLoad + "-000000-x-000.parquet", {{"calve.load-id", kLoad}}); }

  /// The newest snapshot alone, without a parent.
  void Forget() {
    Json json = table_.metadata.json();
    Json tip = json["snapshots"].back();
    tip.erase("parent-snapshot-id");
    json["snapshots"] = Json::array({tip});
    json["snapshot-log"] = Json::array();
    table_.metadata = iceberg::TableMetadata::FromJson(std::move(json), "forgot").value();
  }

  Result<std::optional<FoundCommit>> Look() {
    return LookForCommit({{"db"}, "t"}, table_.metadata, marker_, ledger_, store_);
  }
  void ExpectAbsent() {
    const auto found = Look();
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_FALSE(*found);
  }
  void ExpectFound(std::optional<int64_t> snapshot) {
    const auto found = Look();
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_TRUE(*found);
    EXPECT_EQ((*found)->snapshot_id, snapshot);
  }

  FakeClock clock_;
  SeededRng rng_{1};
  store::MemoryStore store_;
  Ledger ledger_{store_, "memory://state"};
  iceberg::LoadedTable table_{"memory://t/v0.json", iceberg::MakeTableMetadata(Definition(), clock_, rng_).value()};
  CommitMarker marker_{kLoad, std::nullopt, State(), true};
};

TEST_F(CommitSearch, TheHistoryProvesWhereItIsWhole) {
  ExpectAbsent();
  Append("other.parquet");
  ExpectAbsent();
  const int64_t ours = AppendOurs();
  ExpectFound(ours);
  Append("another.parquet");
  ExpectFound(ours);
}

TEST_F(CommitSearch, WithoutAnAttemptThereIsNothingToBeFound) {
  Append("a.parquet");
  Append("b.parquet");
  Forget();
  ExpectAbsent();
  marker_.attempts_recorded = false;  // An older calve's plan: its attempts left no trace.
  EXPECT_EQ(Look().error().kind, ErrorKind::kUnprovable);
}

TEST_F(CommitSearch, AStateThatAnAttemptWasBuiltOnIsAsGoodAsTheRoot) {
  Append("a.parquet");
  Append("b.parquet");
  ASSERT_TRUE(ledger_.PutAttempt(kLoad, std::nullopt, State()));
  Forget();
  ExpectAbsent();  // Nothing has come since.
  Append("c.parquet");
  Forget();
  ExpectAbsent();  // One commit has, and it is somebody else's.
  Append("d.parquet");
  Forget();
  const auto found = Look();
  ASSERT_FALSE(found) << "the attempt may be the snapshot that is not shown";
  EXPECT_EQ(found.error().kind, ErrorKind::kUnprovable);
  EXPECT_NE(found.error().message.find("--pipeline"), std::string::npos) << found.error().message;
  // Another attempt was made since: its maker had proven that the first one was not there.
  ASSERT_TRUE(ledger_.PutAttempt(kLoad, std::nullopt, State()));
  ExpectAbsent();
}

TEST_F(CommitSearch, TheContentsProveWhereTheHistoryDoesNot) {
  Append("a.parquet");
  ASSERT_TRUE(ledger_.PutAttempt(kLoad, std::nullopt, State()));
  const int64_t ours = AppendOurs();
  Append("b.parquet");
  Append("c.parquet");
  Forget();
  ExpectFound(ours);
  marker_.load_id = "f" + kLoad.substr(1);
  ASSERT_TRUE(ledger_.PutAttempt(marker_.load_id, std::nullopt, marker_.planned_on));
  EXPECT_EQ(Look().error().kind, ErrorKind::kUnprovable);
}

TEST_F(CommitSearch, AChunkHasItsOwnAttemptsAndFiles) {
  Append("a.parquet");
  marker_.chunk = 1;
  const int64_t ours = Append(kLoad + "-000001-x-000.parquet", {{"calve.chunk-id", kLoad + "/1"}});
  ExpectFound(ours);
  Append("b.parquet");
  ASSERT_TRUE(ledger_.PutAttempt(kLoad, 1, marker_.planned_on));
  Forget();
  ExpectFound(ours);
  marker_.chunk = 2;
  ExpectAbsent();
  ASSERT_TRUE(ledger_.PutAttempt(kLoad, 2, marker_.planned_on));
  EXPECT_EQ(Look().error().kind, ErrorKind::kUnprovable);
}

TEST_F(CommitSearch, AnOlderStateThanIsKnownIsNoAnswer) {
  Append("a.parquet");
  Append("b.parquet");
  const iceberg::LoadedTable old = table_;
  Append("c.parquet");
  ASSERT_TRUE(ledger_.PutAttempt(kLoad, std::nullopt, State()));
  table_ = old;
  Forget();
  EXPECT_EQ(Look().error().kind, ErrorKind::kUnavailable);
}

TEST_F(CommitSearch, AttemptsAreRecordedOnceEach) {
  const CleanPoint empty;
  ASSERT_TRUE(ledger_.PutAttempt(kLoad, std::nullopt, {5, 7}));
  ASSERT_TRUE(ledger_.PutAttempt(kLoad, std::nullopt, {5, 7}));
  ASSERT_TRUE(ledger_.PutAttempt(kLoad, std::nullopt, empty));
  ASSERT_TRUE(ledger_.PutAttempt(kLoad, 3, {6, 8}));
  EXPECT_EQ(ledger_.ListAttempts(kLoad, std::nullopt).value(), (std::vector<CleanPoint>{{5, 7}, empty}));
  EXPECT_EQ(ledger_.ListAttempts(kLoad, 3).value(), (std::vector<CleanPoint>{{6, 8}}));
  EXPECT_TRUE(ledger_.ListAttempts(kLoad, 4)->empty());
}

/// Says that there is no table so many times; its list says whether there is one.
class ForgetfulCatalog final : public iceberg::Catalog {
 public:
  ForgetfulCatalog(iceberg::LoadedTable table, int times, bool listed)
      : table_(std::move(table)), times_(times), listed_(listed) {}
  Result<iceberg::LoadedTable> Load(const iceberg::TableIdentifier&) override {
    if (times_-- > 0) return Err(ErrorKind::kNotFound, "no such table");
    return table_;
  }
  Result<std::vector<iceberg::TableIdentifier>> List(const std::vector<std::string>& ns) override {
    if (!listed_) return std::vector<iceberg::TableIdentifier>();
    return std::vector<iceberg::TableIdentifier>{{ns, "t"}};
  }
  Result<iceberg::LoadedTable> Create(const iceberg::TableIdentifier&, const iceberg::NewTable&) override {
    return table_;
  }
  iceberg::CommitOutcome Commit(const iceberg::TableIdentifier&, const iceberg::LoadedTable&,
                                const iceberg::TableChange&) override {
    return {};
  }
  Status Drop(const iceberg::TableIdentifier&) override { return {}; }
  Result<std::string> DefaultLocation(const iceberg::TableIdentifier&) override { return std::string(); }

 private:
  iceberg::LoadedTable table_;
  int times_;
  bool listed_;
};

TEST_F(CommitSearch, OneWrongAnswerDoesNotMakeATableDropped) {
  const auto load = [&](int times, bool listed) {
    ForgetfulCatalog catalog(table_, times, listed);
    return LoadKnownTable({catalog, store_, clock_, rng_}, {{"db"}, "t"});
  };
  EXPECT_TRUE(load(1, false));
  EXPECT_TRUE(load(3, false));
  EXPECT_EQ(load(100, false).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(load(100, true).error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace calve::load
