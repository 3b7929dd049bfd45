#include "iceberg/history.h"

#include <gtest/gtest.h>

#include "fakes/fake_clock.h"

namespace calve::iceberg {
namespace {

/// A snapshot whose sequence number is its id, unless that is given.
struct Node {
  int64_t id;
  std::optional<int64_t> parent;
  std::string load;
  std::optional<int64_t> sequence_number{};
  std::map<std::string, std::string> summary{};
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
                     {"sequence-number", node.sequence_number.value_or(node.id)},
                     {"timestamp-ms", 1000 + node.id},
                     {"manifest-list", "memory://t/l"},
                     {"summary", {{"operation", "append"}}}};
    if (node.parent) snapshot["parent-snapshot-id"] = *node.parent;
    for (const auto& [key, value] : node.summary) snapshot["summary"][key] = value;
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

Presence FindAfter(const TableMetadata& table, std::string_view load, const std::vector<CleanPoint>& clean) {
  return FindInHistory(table, "calve.load-id", std::string(load), clean).presence;
}

/// After a snapshot of which nothing but its id is known.
Presence Find(const TableMetadata& table, std::string_view load, std::optional<int64_t> clean) {
  if (!clean) return FindAfter(table, load, {});
  return FindAfter(table, load, {{*clean, std::nullopt}});
}

TEST(FindInHistory, PresentAtTheTipAndFurtherBack) {
  const TableMetadata table = History({{1, {}, "x"}, {2, 1, "y"}, {3, 2, ""}, {4, 3, "z"}});
  for (const auto& [load, id] : std::vector<std::pair<std::string, int64_t>>{{"x", 1}, {"y", 2}, {"z", 4}}) {
    const FoundSnapshot found = FindInHistory(table, "calve.load-id", load, {});
    ASSERT_EQ(found.presence, Presence::kPresent);
    EXPECT_EQ(found.snapshot->snapshot_id, id);
  }
  EXPECT_EQ(FindInHistory(table, "other-key", "x", {}).presence, Presence::kAbsent);
}

TEST(FindInHistory, AbsentOnceTheRootIsReached) {
  const TableMetadata table = History({{1, {}, "x"}, {2, 1, "y"}});
  const FoundSnapshot found = FindInHistory(table, "calve.load-id", "none", {});
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

TEST(FindInHistory, CutWhereTheChainBreaks) {
  const TableMetadata table = History({{3, 2, ""}, {4, 3, "y"}, {5, 4, ""}});
  EXPECT_EQ(Find(table, "none", std::nullopt), Presence::kCut);
  EXPECT_EQ(Find(table, "none", 1), Presence::kCut);
  EXPECT_EQ(Find(table, "y", std::nullopt), Presence::kPresent);
}

TEST(FindInHistory, RolledBackHistory) {
  // 1 <- 2 <- 3 was rolled back to 1, and 4 was written on top of it.
  const TableMetadata table = History({{1, {}, ""}, {2, 1, ""}, {3, 2, "x"}, {4, 1, ""}});
  EXPECT_EQ(Find(table, "none", 2), Presence::kAbsent);  // The known one is no ancestor: the root proves it.
  EXPECT_EQ(Find(table, "x", 2), Presence::kAbsent);     // Rolled back: not in the table.
  const TableMetadata expired = History({{2, 1, ""}, {3, 2, ""}, {4, 1, ""}});
  EXPECT_EQ(Find(expired, "none", 2), Presence::kCut);
}

TEST(FindInHistory, ACircleProvesNothing) {
  EXPECT_EQ(Find(History({{1, 2, ""}, {2, 1, ""}}), "none", std::nullopt), Presence::kCut);
  EXPECT_EQ(Find(History({{1, 1, ""}}), "none", 7), Presence::kCut);
}

TEST(FindInHistory, ASnapshotWithoutParentIsNotTheFirstOneForThat) {
  // A catalog that shows the newest snapshot alone. What was looked for may have come between.
  const TableMetadata alone = History({{7, {}, "y"}});
  EXPECT_EQ(Find(alone, "y", std::nullopt), Presence::kPresent);
  EXPECT_EQ(Find(alone, "x", std::nullopt), Presence::kCut);
  EXPECT_EQ(FindAfter(alone, "x", {{5, 5}}), Presence::kCut);
  EXPECT_EQ(FindAfter(alone, "x", {{std::nullopt, 0}}), Presence::kCut);
  // It is the very state that was clean; or directly follows it; or one of several.
  EXPECT_EQ(FindAfter(alone, "x", {{7, 7}}), Presence::kAbsent);
  EXPECT_EQ(FindAfter(alone, "x", {{6, 6}}), Presence::kAbsent);
  EXPECT_EQ(FindAfter(alone, "x", {{4, 4}, {6, 6}}), Presence::kAbsent);
  EXPECT_EQ(FindAfter(alone, "x", {{4, 4}, {5, 5}}), Presence::kCut);
  // Whose number is not known says nothing, and neither does the same number.
  EXPECT_EQ(FindAfter(alone, "x", {{6, std::nullopt}}), Presence::kCut);
  EXPECT_EQ(FindAfter(alone, "x", {{8, 7}}), Presence::kCut);
}

TEST(FindInHistory, TheFirstSnapshotIsKnownByItsSequenceNumber) {
  const TableMetadata first = History({{70, {}, "y", 1}});
  EXPECT_EQ(Find(first, "x", std::nullopt), Presence::kAbsent);
  EXPECT_TRUE(ShowsWholeHistory(first));
  // CREATE OR REPLACE TABLE: main begins anew, and what it was before is still there ...
  const TableMetadata replaced = History({{1, {}, "x"}, {2, 1, ""}, {3, {}, "y"}, {4, 3, ""}});
  EXPECT_EQ(Find(replaced, "x", 2), Presence::kAbsent);
  EXPECT_TRUE(ShowsWholeHistory(replaced));
  // ... or was expired, and then nobody can tell.
  const TableMetadata expired = History({{2, 1, ""}, {3, {}, "y"}, {4, 3, ""}});
  EXPECT_EQ(Find(expired, "x", std::nullopt), Presence::kCut);
  EXPECT_FALSE(ShowsWholeHistory(expired));
}

TEST(FindInHistory, AParentThatIsNamedLeadsOverNumbers) {
  // 5 was rolled back, 6 is written on 3, whose history is expired: 6 follows 5 in number only.
  const TableMetadata table = History({{6, 3, ""}});
  EXPECT_EQ(FindAfter(table, "x", {{5, 5}}), Presence::kCut);
  EXPECT_EQ(FindAfter(table, "x", {{3, 3}}), Presence::kAbsent);
}

TEST(FindInHistory, WithoutSequenceNumbersTheFirstSnapshotIsTheOneThatAddedAllThereIs) {
  const auto find = [](std::map<std::string, std::string> summary) {
    return Find(History({{7, {}, "", 0, std::move(summary)}}), "x", std::nullopt);
  };
  const std::map<std::string, std::string> all = {
      {"total-data-files", "2"}, {"added-data-files", "2"}, {"total-records", "10"}, {"added-records", "10"}};
  EXPECT_EQ(find(all), Presence::kAbsent);
  EXPECT_EQ(find({{"total-data-files", "0"}, {"total-records", "0"}}), Presence::kAbsent);
  EXPECT_EQ(find({}), Presence::kCut);
  auto changed = all;
  changed["total-data-files"] = "3";
  EXPECT_EQ(find(changed), Presence::kCut);
  changed = all;
  changed["total-records"] = "11";
  EXPECT_EQ(find(changed), Presence::kCut);
  changed = all;
  changed["operation"] = "overwrite";
  EXPECT_EQ(find(changed), Presence::kCut);
  // A state of such a table has no number that another could follow.
  EXPECT_EQ(FindAfter(History({{7, {}, "", 1}, {8, {}, "", 0}}), "x", {{5, std::nullopt}}), Presence::kCut);
}

TEST(StateOf, IsTheTipAndTheLastNumber) {
  EXPECT_EQ(StateOf(History({})), (CleanPoint{std::nullopt, 0}));
  EXPECT_EQ(StateOf(History({{1, {}, ""}, {2, 1, ""}}, 1)), (CleanPoint{1, 100}));
}

}  // namespace
}  // namespace calve::iceberg
