#include "iceberg/metadata_file.h"

#include <gtest/gtest.h>

#include "iceberg/metadata_fixtures_test.h"
#include "store/memory_store.h"

namespace calve::iceberg {
namespace {

TableMetadata WithProperties(const std::map<std::string, std::string>& properties) {
  FixedClock clock(1);
  auto table =
      ApplyUpdates(ParsedTable(kRichV2), "", {Json{{"action", "set-properties"}, {"updates", properties}}}, clock);
  if (!table) throw std::runtime_error(table.error().message);
  return *std::move(table);
}

TEST(MetadataFile, WritesAndReads) {
  store::MemoryStore store;
  SeededRng rng(3);
  const TableMetadata table = ParsedTable(kRichV2);
  const auto location = WriteMetadataFile(store, table, 7, rng);
  ASSERT_TRUE(location) << location.error().message;
  EXPECT_TRUE(location->starts_with("memory://w/t/metadata/00007-")) << *location;
  EXPECT_TRUE(location->ends_with(".metadata.json")) << *location;
  EXPECT_EQ(NextMetadataVersion(*location), 8);
  const auto read = ReadMetadataFile(store, *location);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->json(), table.json());
}

TEST(MetadataFile, GzipAndItsOwnFolderOnRequest) {
  store::MemoryStore store;
  SeededRng rng(3);
  const TableMetadata table =
      WithProperties({{"write.metadata.compression-codec", "GZIP"}, {"write.metadata.path", "memory://elsewhere/m/"}});
  const auto location = WriteMetadataFile(store, table, 0, rng);
  ASSERT_TRUE(location) << location.error().message;
  EXPECT_TRUE(location->starts_with("memory://elsewhere/m/00000-")) << *location;
  EXPECT_TRUE(location->ends_with(".gz.metadata.json")) << *location;
  const auto bytes = store::ReadAll(store, *location);
  ASSERT_TRUE(bytes);
  EXPECT_TRUE(bytes->starts_with("\x1f\x8b"));
  const auto read = ReadMetadataFile(store, *location);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->json(), table.json());
  // The other name that is in use, and a name that says nothing.
  for (const char* name : {"memory://x/v1.metadata.json.gz", "memory://x/v1.metadata.json"}) {
    ASSERT_TRUE(store.Put(name, *bytes, store::PutMode::kIfAbsent));
    EXPECT_TRUE(ReadMetadataFile(store, name)) << name;
  }
}

TEST(MetadataFile, ClearErrors) {
  store::MemoryStore store;
  SeededRng rng(3);
  EXPECT_EQ(ReadMetadataFile(store, "memory://x/absent").error().kind, ErrorKind::kNotFound);
  ASSERT_TRUE(store.Put("memory://x/half", "\x1f\x8b\x08", store::PutMode::kIfAbsent));
  EXPECT_EQ(ReadMetadataFile(store, "memory://x/half").error().kind, ErrorKind::kCorrupt);
  const auto codec = WriteMetadataFile(store, WithProperties({{"write.metadata.compression-codec", "brotli"}}), 0, rng);
  ASSERT_FALSE(codec);
  EXPECT_EQ(codec.error().kind, ErrorKind::kInvalidArgument);
}

TEST(MetadataFile, VersionNumbersOfNames) {
  EXPECT_EQ(NextMetadataVersion(""), 0);
  EXPECT_EQ(NextMetadataVersion("s3://b/t/metadata/00012-abc.metadata.json"), 13);
  EXPECT_EQ(NextMetadataVersion("00012-abc.gz.metadata.json"), 13);
  EXPECT_EQ(NextMetadataVersion("/t/metadata/v3.metadata.json"), 0);
  EXPECT_EQ(NextMetadataVersion("/t/metadata/12"), 0);
  EXPECT_EQ(NextMetadataVersion("/t/metadata/-5-a.metadata.json"), 0);
  EXPECT_EQ(NextMetadataVersion("/t/metadata/99999999999-a.metadata.json"), 0);
}

TEST(MetadataFile, ExpiredFilesOnlyWhenAsked) {
  FixedClock clock(1);
  const TableMetadata before = WithProperties({{"write.metadata.previous-versions-max", "1"}});
  const auto plain = ApplyUpdates(before, "memory://w/now", {}, clock);
  ASSERT_TRUE(plain);
  EXPECT_TRUE(ExpiredMetadataFiles(before, "memory://w/now", *plain).empty());
  const auto asking = ApplyUpdates(
      before, "memory://w/now",
      {ParsedJson(R"({"action":"set-properties","updates":{"write.metadata.delete-after-commit.enabled":"true"}})")},
      clock);
  ASSERT_TRUE(asking);
  EXPECT_EQ(ExpiredMetadataFiles(before, "memory://w/now", *asking),
            std::vector<std::string>{"memory://w/t/metadata/00000-a.metadata.json"});
}

TEST(Gzip, RoundTripsMembersLimitsAndDamage) {
  std::string data;
  for (int i = 0; i < 200'000; ++i) data += static_cast<char>(i * 7919 >> (i % 11));
  for (const std::string& text : {std::string(), std::string("x"), data}) {
    const auto packed = GzipCompress(text);
    ASSERT_TRUE(packed);
    EXPECT_EQ(GzipDecompress(*packed, data.size(), "t").value_or("failed"), text);
    EXPECT_EQ(GzipDecompress(*packed + *packed, 2 * data.size(), "t").value_or("failed"), text + text);
    if (!text.empty()) {
      EXPECT_EQ(GzipDecompress(*packed, text.size() - 1, "t").error().kind, ErrorKind::kCorrupt);
    }
    for (size_t cut = 0; cut < packed->size(); cut += 1 + packed->size() / 40) {
      EXPECT_EQ(GzipDecompress(packed->substr(0, cut), data.size(), "t").error().kind, ErrorKind::kCorrupt) << cut;
    }
    EXPECT_EQ(GzipDecompress(*packed + "tail", data.size(), "t").error().kind, ErrorKind::kCorrupt);
  }
}

}  // namespace
}  // namespace calve::iceberg
