#include "format_csv/input.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/clock.h"
#include "format_csv/pin.h"
#include "iceberg/table_metadata.h"
#include "load/target.h"
#include "store/local_path.h"
#include "store/local_store.h"
#include "transform/processor.h"

namespace calve::format_csv {
namespace {

namespace fs = std::filesystem;

class ProcessorTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = testing::TempDir() + "/processor-" + std::to_string(getpid());
    fs::create_directories(directory_);
    formats_.push_back(std::make_unique<CsvInputFormat>());
    auto made = transform::DuckDbProcessor::Make(store_, formats_, {.scratch_dir = directory_ + "/scratch"});
    ASSERT_TRUE(made.has_value()) << made.error().message;
    processor_ = std::move(made).value();
  }
  void TearDown() override {
    processor_.reset();
    fs::remove_all(directory_);
  }

  /// A plan of one exact chunk over `text`, with columns id BIGINT, at TIMESTAMP, name VARCHAR.
  load::Plan MakePlan(const std::string& text, const std::string& sql, std::vector<iceberg::Field> fields,
                      const std::vector<std::string>& partition_by = {}) {
    const std::string path = directory_ + "/in.csv";
    std::ofstream(path, std::ios::binary) << text;
    load::Plan plan;
    plan.source.uri = store::FileUri(path);
    plan.source.version = store_.Head(plan.source.uri)->version;
    plan.source.size_bytes = text.size();
    plan.load_id = "0123456789abcdef";
    plan.format = kName;
    plan.columns = MakeColumns(std::vector<csv::Column>{{"id", "id", {csv::TypeKind::kBigInt}},
                                                        {"at", "at", {csv::TypeKind::kTimestamp}},
                                                        {"name", "name", {csv::TypeKind::kVarchar}}});
    csv::Dialect dialect;
    dialect.has_header = false;
    plan.pin = MakePin(dialect);
    plan.cuts = {0, text.size(), 1U << 20U, {}};
    plan.sql = sql;
    iceberg::NewTable definition;
    definition.location = store::FileUri(directory_ + "/table");
    definition.schema.fields = std::move(fields);
    definition.partition_terms = partition_by;
    SeededRng rng(3);
    auto metadata = iceberg::MakeTableMetadata(definition, SystemClock(), rng);
    EXPECT_TRUE(metadata.has_value()) << metadata.error().message;
    auto binding = load::BindTarget({{"db"}, "t"}, *metadata, metadata->schema().fields);
    EXPECT_TRUE(binding.has_value()) << binding.error().message;
    plan.target = binding->target;
    return plan;
  }

  Result<load::ChunkResult> Process(const load::Plan& plan) {
    const load::ChunkTask task{
        plan, plan.ChunkAt(0), std::nullopt, "attempt", store::FileUri(directory_ + "/bad.jsonl"), cancel_, &progress_};
    return processor_->Process(task);
  }

  static iceberg::Field MakeField(const std::string& name, iceberg::TypeId id, bool required = false) {
    iceberg::Field field;
    field.name = name;
    field.type.id = id;
    field.required = required;
    return field;
  }
  static std::vector<iceberg::Field> AllFields() {
    return {MakeField("id", iceberg::TypeId::kLong), MakeField("at", iceberg::TypeId::kTimestamp),
            MakeField("name", iceberg::TypeId::kString)};
  }

  std::string directory_;
  store::LocalStore store_;
  transform::InputFormats formats_;
  std::unique_ptr<transform::DuckDbProcessor> processor_;
  CancelToken cancel_;
  load::Progress progress_;
};

constexpr const char* kThreeRows =
    "1,2015-01-01 00:00:00,a\n2,2015-01-02 10:00:00,a longer name than sixteen\n3,,\"\"\n";

TEST_F(ProcessorTest, WritesOneFileWithStatistics) {
  const auto result = Process(MakePlan(kThreeRows, "SELECT * FROM chunk", AllFields()));
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(result->records, 3U);
  EXPECT_EQ(result->rows_out, 3U);
  ASSERT_EQ(result->files.size(), 1U);
  const iceberg::DataFile& file = result->files[0];
  EXPECT_EQ(file.record_count, 3);
  EXPECT_EQ(store_.Head(file.file_path)->size_bytes, static_cast<uint64_t>(file.file_size_bytes));
  EXPECT_EQ(file.value_counts.at(1), 3);
  EXPECT_EQ(file.null_value_counts.at(2), 1);
  EXPECT_EQ(file.lower_bounds.at(1), std::string("\1\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(file.upper_bounds.at(1), std::string("\3\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(file.lower_bounds.at(3), "");
  EXPECT_EQ(file.upper_bounds.at(3), "a longer name ti");  // Cut to 16 characters and incremented.
  EXPECT_EQ(file.split_offsets, std::vector<int64_t>{4});
}

TEST_F(ProcessorTest, BadRecordsGoToQuarantineAndNoWhereElse) {
  const std::string text =
      std::string(kThreeRows) + "x,2015-01-01 00:00:00,b\n5,2015-01-01 00:00:00\n6,2015-01-01 00:00:00,c\n";
  const auto result = Process(MakePlan(text, "SELECT * FROM chunk", AllFields()));
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(result->records, 6U);
  EXPECT_EQ(result->rows_out, 4U);
  EXPECT_EQ(result->quarantined, 2U);
  const auto lines = store::ReadAll(store_, result->quarantine_uri);
  ASSERT_TRUE(lines.has_value());
  EXPECT_NE(lines->find("\"column\":\"id\""), std::string::npos) << *lines;
  EXPECT_NE(lines->find("\"raw\":\"5,2015-01-01 00:00:00\""), std::string::npos) << *lines;
}

TEST_F(ProcessorTest, OnBadRecordFailNamesThePlace) {
  load::Plan plan = MakePlan("1,2015-01-01 00:00:00,a\nx,,\n", "SELECT * FROM chunk", AllFields());
  plan.bad_records.fail = true;
  const auto result = Process(plan);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::kBadData);
  EXPECT_NE(result.error().message.find("byte 24"), std::string::npos) << result.error().message;
}

TEST_F(ProcessorTest, PartitionsByTransformsNullsIncluded) {
  const std::string text = "1,2015-01-01 00:00:00,a/b\n2,2015-01-02 00:00:00,\n3,2015-01-01 05:00:00,a/b\n4,,z\n";
  const auto result = Process(MakePlan(text, "SELECT * FROM chunk", AllFields(), {"day(at)", "name"}));
  ASSERT_TRUE(result.has_value()) << result.error().message;
  ASSERT_EQ(result->files.size(), 3U);
  int64_t rows = 0;
  for (const iceberg::DataFile& file : result->files) {
    ASSERT_EQ(file.partition.size(), 2U);
    rows += file.record_count;
    if (file.record_count == 2) {
      EXPECT_EQ(file.partition[0], iceberg::Literal(int32_t{16436}));
      EXPECT_EQ(file.partition[1], iceberg::Literal(std::string("a/b")));
      EXPECT_NE(file.file_path.find("at_day=2015-01-01/name=a%2Fb/"), std::string::npos) << file.file_path;
    }
  }
  EXPECT_EQ(rows, 4);
}

TEST_F(ProcessorTest, ALimitReadsTheRestAllTheSame) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += std::to_string(i) + ",2015-01-01 00:00:00,n\n";
  load::Plan plan = MakePlan(text, "SELECT id FROM chunk LIMIT 5", {MakeField("id", iceberg::TypeId::kLong)});
  const auto result = Process(plan);
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(result->records, 10'000U);
  EXPECT_EQ(result->rows_out, 5U);
  EXPECT_EQ(result->end_offset_bytes, text.size());
}

TEST_F(ProcessorTest, NoRowsNoFile) {
  const auto result = Process(MakePlan(kThreeRows, "SELECT * FROM chunk WHERE id > 10", AllFields()));
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_TRUE(result->files.empty());
  EXPECT_EQ(result->records, 3U);
}

TEST_F(ProcessorTest, ANullInARequiredColumnIsBadData) {
  const auto result = Process(MakePlan(kThreeRows, "SELECT \"at\" FROM chunk",
                                       {MakeField("at", iceberg::TypeId::kTimestamp, /*required=*/true)}));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::kBadData);
  EXPECT_NE(result.error().message.find("required"), std::string::npos);
}

TEST_F(ProcessorTest, ACastThatFailsIsBadDataAndLeavesNothing) {
  const auto result = Process(
      MakePlan(kThreeRows, "SELECT CAST(name AS BIGINT) AS id FROM chunk", {MakeField("id", iceberg::TypeId::kLong)}));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::kBadData) << result.error().message;
  EXPECT_FALSE(fs::exists(directory_ + "/table/data"));
}

TEST_F(ProcessorTest, CancelStops) {
  cancel_.Cancel();
  const auto result = Process(MakePlan(kThreeRows, "SELECT * FROM chunk", AllFields()));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::kCancelled);
}

}  // namespace
}  // namespace calve::format_csv
