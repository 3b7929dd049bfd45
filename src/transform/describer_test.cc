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

  Result<load::Described> Describe(const std::string& sql, bool metadata = false) {
    load::Plan plan;
    plan.columns = {
        {"id", "id", "BIGINT", {}}, {"name", "name", "VARCHAR", {}}, {"price", "price", "DECIMAL(10,2)", {}}};
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
  const std::vector<iceberg::Field>& columns = fields->columns;
  ASSERT_EQ(columns.size(), 5U);
  EXPECT_EQ(columns[0].type.id, iceberg::TypeId::kLong);
  EXPECT_EQ(columns[1].name, "n");
  EXPECT_EQ(columns[2].type.precision, 10);
  EXPECT_EQ(columns[3].type.id, iceberg::TypeId::kList);
  EXPECT_EQ(columns[4].type.fields.at(0).name, "a");
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

TEST_F(DescriberTest, KnowsWhatTakesRowsOneByOne) {
  for (const std::string sql : {
           "SELECT * FROM chunk",
           "SELECT id, upper(name) n, CASE WHEN price > 1 THEN 1 ELSE 0 END c FROM chunk WHERE id % 2 = 0 OR name LIKE "
           "'a%'",
           "SELECT id FROM chunk WHERE id IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)",
           "SELECT id, unnest([name, 'x']) n FROM chunk",
           "SELECT id, list_sum([id, 2])::BIGINT s FROM chunk",
           "SELECT id FROM chunk ORDER BY id DESC",
           "WITH c AS (SELECT id, name FROM chunk) SELECT name FROM c WHERE id > 1",
           "WITH c AS MATERIALIZED (SELECT id, name FROM chunk) SELECT name FROM c WHERE id > 1",
           "SELECT name, word FROM chunk JOIN (VALUES (1, 'one'), (2, 'two')) w(id, word) USING (id)",
           "SELECT name, word FROM chunk LEFT JOIN (VALUES (1, 'one'), (2, 'two')) w(id, word) USING (id)",
           "SELECT name, word FROM (VALUES (1, 'one'), (2, 'two')) w(id, word) RIGHT JOIN chunk USING (id)",
           "SELECT name FROM chunk WHERE id IN (SELECT x FROM (VALUES (1), (2)) v(x))",
           "SELECT name FROM chunk WHERE id NOT IN (SELECT x FROM (VALUES (1), (2)) v(x))",
           "SELECT id, (SELECT max(x) FROM (VALUES (1), (2)) v(x)) m FROM chunk",
           "SELECT id, r FROM chunk, range(3) t(r)",
           "SELECT a.id FROM chunk a JOIN (VALUES (1, 2)) b(lo, hi) ON a.id BETWEEN b.lo AND b.hi",
       }) {
    const auto described = Describe(sql);
    ASSERT_TRUE(described.has_value()) << sql << ": " << described.error().message;
    EXPECT_EQ(described->not_row_wise.value_or(""), "") << sql;
  }
  const std::vector<std::pair<std::string, std::string>> not_so = {
      {"SELECT name, count(*) n FROM chunk GROUP BY name", "aggregates"},
      {"SELECT count(*) n FROM chunk", "aggregates"},
      {"SELECT max(id) m FROM chunk WHERE id > 3", "aggregates"},
      {"SELECT DISTINCT name FROM chunk", "aggregates"},
      {"SELECT id FROM chunk LIMIT 5", "LIMIT"},
      {"SELECT id FROM chunk OFFSET 5", "LIMIT"},
      {"SELECT id FROM chunk ORDER BY id DESC LIMIT 5", "LIMIT"},
      {"SELECT id FROM chunk LIMIT 10%", "LIMIT"},
      {"SELECT id, row_number() OVER () r FROM chunk", "window"},
      {"SELECT id, lag(id) OVER (ORDER BY id) r FROM chunk", "window"},
      {"SELECT id FROM chunk QUALIFY row_number() OVER (PARTITION BY name) = 1", "window"},
      {"SELECT id FROM chunk UNION ALL SELECT 1", "UNION"},
      {"SELECT id FROM chunk EXCEPT SELECT 1", ""},
      {"SELECT name, word FROM chunk FULL JOIN (VALUES (1, 'one')) w(id, word) USING (id)", "join"},
      {"SELECT name, word FROM chunk RIGHT JOIN (VALUES (1, 'one')) w(id, word) USING (id)", "join"},
      {"SELECT x FROM (VALUES (1), (2)) v(x) WHERE x IN (SELECT id FROM chunk)", ""},
      {"SELECT x FROM (VALUES (1), (2)) v(x) WHERE NOT EXISTS (SELECT 1 FROM chunk WHERE id = x)", ""},
      {"SELECT arg_max(name, id) n FROM chunk", "aggregates"},
      {"FROM (SELECT list(id) l FROM chunk) SELECT unnest(l) u", "aggregates"},
      {"WITH c AS MATERIALIZED (SELECT count(*) n FROM chunk) SELECT n FROM c", "aggregates"},
      {"SELECT id FROM chunk USING SAMPLE 10%", ""},
  };
  for (const auto& [sql, words] : not_so) {
    const auto described = Describe(sql);
    ASSERT_TRUE(described.has_value()) << sql << ": " << described.error().message;
    ASSERT_TRUE(described->not_row_wise.has_value()) << sql;
    EXPECT_NE(described->not_row_wise->find(words), std::string::npos) << sql << ": " << *described->not_row_wise;
  }
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
