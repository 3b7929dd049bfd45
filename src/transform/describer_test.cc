#include "transform/describer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace calve::transform {
namespace {

class DescriberTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = testing::TempDir() + "/describer-" + std::to_string(getpid());
    std::filesystem::create_directories(directory_);
    auto made = DuckDbDescriber::Make(directory_);
    ASSERT_TRUE(made.has_value()) << made.error().message;
    describer_ = std::move(made).value();
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  Result<std::vector<iceberg::Field>> Describe(const std::string& sql, bool metadata = false) {
    load::Plan plan;
    plan.columns = {{"id", "id", {csv::TypeKind::kBigInt, 0, 0}, false},
                    {"name", "name", {csv::TypeKind::kVarchar, 0, 0}, false},
                    {"price", "price", {csv::TypeKind::kDecimal, 10, 2}, false}};
    plan.metadata_columns = metadata;
    plan.sql = sql;
    return describer_->Describe(plan);
  }
  void ExpectRefused(const std::string& sql, const std::string& words) {
    const auto result = Describe(sql);
    ASSERT_FALSE(result.has_value()) << sql;
    EXPECT_EQ(result.error().kind, ErrorKind::kInvalidArgument) << result.error().message;
    EXPECT_NE(result.error().message.find(words), std::string::npos) << result.error().message;
  }

  std::string directory_;
  std::unique_ptr<DuckDbDescriber> describer_;
};

TEST_F(DescriberTest, GivesNamesAndTypes) {
  const auto fields = Describe("SELECT id, upper(name) AS n, price, [id] AS l, {'a': id} AS s FROM chunk; -- done");
  ASSERT_TRUE(fields.has_value()) << fields.error().message;
  ASSERT_EQ(fields->size(), 5U);
  EXPECT_EQ((*fields)[0].type.id, iceberg::TypeId::kLong);
  EXPECT_EQ((*fields)[1].name, "n");
  EXPECT_EQ((*fields)[2].type.precision, 10);
  EXPECT_EQ((*fields)[3].type.id, iceberg::TypeId::kList);
  EXPECT_EQ((*fields)[4].type.fields.at(0).name, "a");
}

TEST_F(DescriberTest, MetadataColumnsAreThereOnlyWhenAskedFor) {
  EXPECT_TRUE(Describe("SELECT _file, _offset, _loaded_at FROM chunk", true).has_value());
  ExpectRefused("SELECT _file FROM chunk", "_file");
}

TEST_F(DescriberTest, RefusesWhatIsNotOneSelectOverChunk) {
  ExpectRefused("", "empty");
  ExpectRefused("SELECT 1; SELECT id FROM chunk", "2 statements");
  ExpectRefused("DROP VIEW chunk", "no SELECT");
  ExpectRefused("COPY chunk TO 'x.csv'", "");
  ExpectRefused("SELECT 1 AS one", "does not read");
  ExpectRefused("SELECT a.id FROM chunk a JOIN chunk b ON a.id = b.id", "read only once");
  ExpectRefused("SELECT id FROM chunk WHERE id = $1", "parameters");
}

TEST_F(DescriberTest, DuckDBsMessageNamesThePlace) {
  ExpectRefused("SELECT id FROM chunk WHER id > 1", "LINE 1");
  ExpectRefused("SELECT ids FROM chunk", "ids");
}

TEST_F(DescriberTest, UnsupportedTypesNameTheCastThatHelps) {
  ExpectRefused("SELECT sum(id) AS total FROM chunk", "CAST(total AS BIGINT)");
  ExpectRefused("SELECT INTERVAL 1 DAY AS d FROM chunk", "INTERVAL");
  ExpectRefused("SELECT CAST(id AS UBIGINT) AS u FROM chunk", "DECIMAL(20,0)");
}

TEST_F(DescriberTest, SeesNothingButItsChunk) {
  const std::string secret = testing::TempDir() + "/secret.csv";
  std::ofstream(secret) << "a\n1\n";
  ExpectRefused("SELECT * FROM read_csv('" + secret + "'), chunk", "");
  ExpectRefused("SELECT * FROM '/etc/passwd', chunk", "");
  ExpectRefused("SELECT * FROM glob('/*'), chunk", "");
  std::filesystem::remove(secret);
}

}  // namespace
}  // namespace calve::transform
