#include <gtest/gtest.h>

#include "fakes/fake_clock.h"
#include "iceberg/append.h"

namespace calve::iceberg {
namespace {

struct Node {
  int64_t id;
  std::optional<int64_t> parent;
  std::string load;
};

/// A table with these snapshots; the last one is current unless `current` says otherwise.
TableMetadata History(const std::vector<Node>& nodes, std::optional<int64_t> current = {}) {
  FakeClock clock;
  SeededRng rng(1);
  NewTable definition;
  definition.location = "memory://t";
  Field field;
  field.name = "id";
  definition.schema.fields.push_back(field);
  Json json = MakeTableMetadata(definition, clock, rng).value().json();
  json["snapshots"] = Json::array();
  for (const Node& node : nodes) {
    Json snapshot = {{"snapshot-id", node.id},
                     {"sequence-number", node.id},
                     {"timestamp-ms", 1000 + node.id},
                     {"manifest-list", "memory://t/l"},
                     {"summary", {{"operation", "append"}}}};
    if (node.parent) snapshot["parent-snapshot-id"] = *node.parent;
    if (!node.load.empty()) snapshot["summary"]["calve.load-id"] = node.load;
    json["snapshots"].push_back(snapshot);
  }
  if (!nodes.empty()) {
    const int64_t tip = current.value_or(nodes.back().id);
    json["current-snapshot-id"] = tip;
    json["refs"] = {{"main", {{"snapshot-id", tip}, {"type", "branch"}}}};
    json["last-sequence-number"] = 100;
  }
  return TableMetadata::FromJson(std::move(json), "test").value();
}

Presence Find(const TableMetadata& table, std::string_view load, std::optional<int64_t> known_before) {
  return FindInHistory(table, "calve.load-id", std::string(load), known_before).presence;
}

TEST(FindInHistory, PresentAtTheTipAndFurtherBack) {
  const TableMetadata table = History({{1, {}, "x"}, {2, 1, "y"}, {3, 2, ""}, {4, 3, "z"}});
  for (const auto& [load, id] : std::vector<std::pair<std::string, int64_t>>{{"x", 1}, {"y", 2}, {"z", 4}}) {
    const FoundSnapshot found = FindInHistory(table, "calve.load-id", load, std::nullopt);
    ASSERT_EQ(found.presence, Presence::kPresent);
    EXPECT_EQ(found.snapshot->snapshot_id, id);
  }
  EXPECT_EQ(FindInHistory(table, "other-key", "x", std::nullopt).presence, Presence::kAbsent);
}

TEST(FindInHistory, AbsentOnceTheRootIsReached) {
  const TableMetadata table = History({{1, {}, "x"}, {2, 1, "y"}});
  const FoundSnapshot found = FindInHistory(table, "calve.load-id", "none", std::nullopt);
  EXPECT_EQ(found.presence, Presence::kAbsent);
  EXPECT_FALSE(found.snapshot);
  EXPECT_EQ(Find(History({}), "none", std::nullopt), Presence::kAbsent);
  EXPECT_EQ(Find(History({}), "none", 5), Presence::kAbsent);
}

TEST(FindInHistory, AbsentOnceTheKnownSnapshotIsReached) {
  // History before 3 is expired.
  const TableMetadata table = History({{3, 2, ""}, {4, 3, "y"}, {5, 4, ""}});
  EXPECT_EQ(Find(table, "none", 4), Presence::kAbsent);
  EXPECT_EQ(Find(table, "none", 3), Presence::kAbsent);
  EXPECT_EQ(Find(table, "y", 3), Presence::kPresent);
  // The known one itself is expired, but all that followed it is there.
  EXPECT_EQ(Find(table, "none", 2), Presence::kAbsent);
}

TEST(FindInHistory, UnprovableWhereTheChainBreaks) {
  const TableMetadata table = History({{3, 2, ""}, {4, 3, "y"}, {5, 4, ""}});
  EXPECT_EQ(Find(table, "none", std::nullopt), Presence::kUnprovable);
  EXPECT_EQ(Find(table, "none", 1), Presence::kUnprovable);
  EXPECT_EQ(Find(table, "y", std::nullopt), Presence::kPresent);
}

TEST(FindInHistory, RolledBackHistory) {
  // 1 <- 2 <- 3 was rolled back to 1, and 4 was written on top of it.
  const TableMetadata table = History({{1, {}, ""}, {2, 1, ""}, {3, 2, "x"}, {4, 1, ""}});
  EXPECT_EQ(Find(table, "none", 2), Presence::kAbsent);  // The known one is no ancestor: the root proves it.
  EXPECT_EQ(Find(table, "x", 2), Presence::kAbsent);     // Rolled back: not in the table.
  const TableMetadata expired = History({{2, 1, ""}, {3, 2, ""}, {4, 1, ""}});
  EXPECT_EQ(Find(expired, "none", 2), Presence::kUnprovable);
}

TEST(FindInHistory, ACircleProvesNothing) {
  EXPECT_EQ(Find(History({{1, 2, ""}, {2, 1, ""}}), "none", std::nullopt), Presence::kUnprovable);
  EXPECT_EQ(Find(History({{1, 1, ""}}), "none", 7), Presence::kUnprovable);
}

}  // namespace
}  // namespace calve::iceberg
