#include "app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

namespace calve::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              ("calve-config-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::create_directories(folder_);
    sources_.default_path = (folder_ / "calve.toml").string();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string File(const std::string& name, const std::string& text) {
    const std::string path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  void Toml(const std::string& text) { File("calve.toml", text); }
  void Flag(const std::string& name, OptionValues values) {
    sources_.flags.emplace_back(FindByFlag(name), std::move(values));
  }
  void Variable(const std::string& name, const std::string& value) { sources_.environment.emplace_back(name, value); }

  Settings Load() {
    const auto config = LoadConfig(sources_);
    if (!config.has_value()) {
      ADD_FAILURE() << config.error().message;
      return {};
    }
    return config->settings;
  }
  std::string LoadError() {
    const auto config = LoadConfig(sources_);
    if (config.has_value()) return "(no error)";
    EXPECT_EQ(config.error().kind, ErrorKind::kInvalidArgument);
    return config.error().message;
  }

  std::filesystem::path folder_;
  ConfigSources sources_;
};

TEST_F(ConfigTest, NothingGivenIsTheDefault) {
  const Settings settings = Load();
  EXPECT_EQ(settings.warehouse, "./warehouse");
  EXPECT_EQ(settings.commit.backoff.max_retries, 30);
  EXPECT_FALSE(settings.load.read.chunk_size_bytes.has_value());
  EXPECT_FALSE(settings.load.codec_given);
}

TEST_F(ConfigTest, FlagBeforeEnvironmentBeforeFileBeforeDefault) {
  Toml("threads = 2\ncatalog_name = \"file\"\npipeline = \"file\"\n");
  Variable("CALVE_THREADS", "3");
  Variable("CALVE_CATALOG_NAME", "environment");
  Flag("threads", {"4"});
  const Settings settings = Load();
  EXPECT_EQ(settings.threads, 4);
  EXPECT_EQ(settings.catalog_name, "environment");
  EXPECT_EQ(settings.load.pipeline, "file");
  EXPECT_EQ(settings.warehouse, "./warehouse");
}

TEST_F(ConfigTest, ListsOfAHigherPlaceReplaceThoseOfALower) {
  Toml("partition_by = [\"day(a)\", \"b\"]\n[csv]\nnull = [\"NA\", \"\"]\n");
  EXPECT_THAT(Load().load.table.partition_by, ElementsAre("day(a)", "b"));
  EXPECT_THAT(Load().load.read.csv.null_strings, ElementsAre("NA", ""));
  Flag("partition-by", {"bucket(16, id), city"});
  Flag("null", {"\\N"});
  EXPECT_THAT(Load().load.table.partition_by, ElementsAre("bucket(16, id)", "city"));
  EXPECT_THAT(Load().load.read.csv.null_strings, ElementsAre("\\N"));
}

TEST_F(ConfigTest, AutoAndNoneTakeBackWhatALowerPlaceSaid) {
  Toml(
      "chunk_size = \"1MiB\"\nthreads = 7\nmax_bad_records = 5\nsplit = \"scan\"\n[csv]\nheader = true\ntrim = true\n");
  for (const auto& [flag, value] : std::map<std::string, std::string>{{"chunk-size", "auto"},
                                                                      {"threads", "auto"},
                                                                      {"max-bad-records", "none"},
                                                                      {"split", "auto"},
                                                                      {"header", "auto"},
                                                                      {"trim", "false"}}) {
    Flag(flag, {value});
  }
  const Settings settings = Load();
  EXPECT_FALSE(settings.load.read.chunk_size_bytes.has_value());
  EXPECT_EQ(settings.threads, 0);
  EXPECT_FALSE(settings.load.bad_records.max_count.has_value());
  EXPECT_FALSE(settings.load.read.split_mode.has_value());
  EXPECT_FALSE(settings.load.read.csv.header.has_value());
  EXPECT_FALSE(settings.load.read.csv.trim);
}

TEST_F(ConfigTest, CommitFiguresByEnvironment) {
  Variable("CALVE_COMMIT_RETRIES", "7");
  Variable("CALVE_COMMIT_MIN_WAIT_MS", "11");
  Variable("CALVE_COMMIT_MAX_WAIT_MS", "22");
  Variable("CALVE_COMMIT_DEADLINE_MS", "33");
  const load::CommitPolicy commit = Load().commit;
  EXPECT_EQ(commit.backoff.max_retries, 7);
  EXPECT_EQ(commit.backoff.min_wait.count(), 11);
  EXPECT_EQ(commit.backoff.max_wait.count(), 22);
  EXPECT_EQ(commit.deadline.count(), 33);
}

TEST_F(ConfigTest, TheLongestWaitIsNotShorterThanTheShortest) {
  Variable("CALVE_COMMIT_MIN_WAIT_MS", "500");
  Flag("commit-max-wait-ms", {"100"});
  EXPECT_THAT(LoadError(), HasSubstr("--commit-max-wait-ms: 100 ms is less than the shortest wait"));
}

TEST_F(ConfigTest, CommitIsASectionOrAWord) {
  Toml("commit = \"chunk\"\n");
  EXPECT_EQ(Load().load.commit_mode, load::CommitMode::kChunk);
  Toml("[commit]\nmode = \"chunk\"\nretries = 3\n");
  EXPECT_EQ(Load().load.commit_mode, load::CommitMode::kChunk);
  EXPECT_EQ(Load().commit.backoff.max_retries, 3);
}

TEST_F(ConfigTest, TheSeedsChunkSizeIsInMebibytesAndOursGoesFirst) {
  Variable("CHUNK_SIZE_MB", "100");
  EXPECT_EQ(Load().load.read.chunk_size_bytes, 100ULL << 20U);
  Variable("CALVE_CHUNK_SIZE", "5MB");
  EXPECT_EQ(Load().load.read.chunk_size_bytes, 5'000'000U);
  std::swap(sources_.environment[0], sources_.environment[1]);
  EXPECT_EQ(Load().load.read.chunk_size_bytes, 5'000'000U);
}

TEST_F(ConfigTest, EmptyVariablesAreUnset) {
  Variable("CALVE_THREADS", "");
  EXPECT_EQ(Load().threads, 0);
}

TEST_F(ConfigTest, VariablesOfTheProjectsScriptsAreNoSettings) {
  Variable("CALVE_BIN", "build/release/calve");
  Variable("PATH", "/bin");
  Load();
}

TEST_F(ConfigTest, UnknownNamesNameTheNearest) {
  Variable("CALVE_COMMIT_RETRY", "3");
  EXPECT_EQ(LoadError(), "unknown environment variable CALVE_COMMIT_RETRY; did you mean CALVE_COMMIT_RETRIES?");
  sources_.environment.clear();
  Toml("threads = 1\n\n[cvs]\ndelimiter = \";\"\n");
  EXPECT_THAT(LoadError(), HasSubstr("calve.toml:4: unknown key 'cvs.delimiter'; did you mean csv.delimiter?"));
}

TEST_F(ConfigTest, WrongValuesNameWhereTheyStand) {
  Flag("threads", {"0x"});
  EXPECT_EQ(LoadError(), "--threads: '0x' is not a number from 1 to 512");
  sources_.flags.clear();
  Variable("CALVE_SPLIT", "guess");
  EXPECT_EQ(LoadError(), "CALVE_SPLIT: 'guess' is not speculate, scan or auto");
  sources_.environment.clear();
  Toml("\n[commit]\nretries = -1\n");
  EXPECT_THAT(LoadError(), HasSubstr("calve.toml:3: commit.retries: '-1' is not a number"));
}

TEST_F(ConfigTest, AWrongFileSaysWhere) {
  Toml("threads = = 2\n");
  EXPECT_THAT(LoadError(), HasSubstr("calve.toml:1:"));
  Toml("threads = [1, 2]\n");
  EXPECT_THAT(LoadError(), HasSubstr("takes one value, not an array"));
  Toml("threads = 2024-01-01\n");
  EXPECT_THAT(LoadError(), HasSubstr("must be text, a number, true or false"));
  Toml("catalog-name = \"a\"\ncatalog_name = \"b\"\n");
  EXPECT_THAT(LoadError(), HasSubstr("is given twice"));
  sources_.config_path = (folder_ / "other.toml").string();
  EXPECT_THAT(LoadError(), HasSubstr("the configuration file cannot be read"));
}

TEST_F(ConfigTest, TheFileIsTheNamedOneOrTheVariablesOne) {
  Toml("threads = 1\n");
  EXPECT_EQ(Load().threads, 1);
  Variable("CALVE_CONFIG", File("two.toml", "threads = 2\n"));
  EXPECT_EQ(Load().threads, 2);
  sources_.config_path = File("three.toml", "threads = 3\n");
  EXPECT_EQ(Load().threads, 3);
}

TEST_F(ConfigTest, MapsAreTablesOrAssignments) {
  Toml(
      "[csv.columns]\nzip = \"VARCHAR\"\n\"odd.name\" = \"DECIMAL(10,2)\"\n[table_properties]\nwrite.format.default = "
      "\"parquet\"\n");
  const Settings settings = Load();
  EXPECT_EQ(settings.load.read.csv.columns.at("zip").kind, csv::TypeKind::kVarchar);
  EXPECT_EQ(settings.load.read.csv.columns.at("odd.name").scale, 2);
  EXPECT_EQ(settings.load.table.properties.at("write.format.default"), "parquet");
  Toml("table_properties = [\"a=1\", \"b=2\"]\n");
  EXPECT_EQ(Load().load.table.properties, (std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}}));
  Flag("column", {"a=BIGINT", "a=DATE"});
  EXPECT_THAT(LoadError(), HasSubstr("--column: a is given twice"));
}

TEST_F(ConfigTest, SqlIsSaidOnce) {
  const std::string file = File("q.sql", "SELECT 1 FROM chunk");
  Flag("sql-file", {file});
  EXPECT_EQ(Load().load.sql.sql, "SELECT 1 FROM chunk");
  Variable("CALVE_SQL", "SELECT 2 FROM chunk");
  EXPECT_EQ(Load().load.sql.sql, "SELECT 1 FROM chunk");
  Flag("sql", {"SELECT 3 FROM chunk"});
  EXPECT_THAT(LoadError(), HasSubstr("--sql and --sql-file say the same thing"));
  sources_.flags = {{FindByFlag("sql-file"), {file + ".not"}}};
  EXPECT_THAT(LoadError(), HasSubstr("q.sql.not: No such file"));
}

TEST_F(ConfigTest, AFlagGivenTwiceIsAnErrorUnlessItRepeats) {
  Flag("threads", {"1", "2"});
  EXPECT_EQ(LoadError(), "--threads is given more than once");
}

TEST_F(ConfigTest, DialectValues) {
  Flag("delimiter", {"\\x01"});
  Flag("quote", {"single"});
  Flag("escape", {"doubled"});
  Flag("newline", {"|\\n"});
  Flag("encoding", {"latin-1"});
  Flag("ragged", {"pad"});
  Flag("comment", {"#"});
  Flag("skip", {"3"});
  Flag("inner-quotes", {"literal"});
  Flag("header-rows", {"2"});
  const csv::SniffOverrides csv = Load().load.read.csv;
  EXPECT_EQ(csv.delimiter, "\x01");
  EXPECT_EQ(csv.quote, '\'');
  EXPECT_EQ(csv.escape, '\'');
  EXPECT_EQ(csv.newline, csv::Newline::kCustom);
  EXPECT_EQ(csv.custom_newline, "|\n");
  EXPECT_EQ(csv.encoding, csv::Encoding::kCharset);
  EXPECT_EQ(csv.charset, "latin-1");
  EXPECT_EQ(csv.ragged, csv::Ragged::kPadNull);
  EXPECT_EQ(csv.comment, '#');
  EXPECT_EQ(csv.skip_lines, 3U);
  EXPECT_EQ(csv.literal_quotes, true);
  EXPECT_EQ(csv.header_rows, 2U);
  EXPECT_EQ(csv.header, true);
}

TEST_F(ConfigTest, RaggedTakesThePlansWordToo) {
  for (const char* word : {"pad", "pad-null"}) {
    sources_.flags = {{FindByFlag("ragged"), {word}}};
    EXPECT_EQ(Load().load.read.csv.ragged, csv::Ragged::kPadNull) << word;
  }
  sources_.flags = {{FindByFlag("ragged"), {"null"}}};
  EXPECT_EQ(LoadError(), "--ragged: 'null' is not bad or pad");
}

TEST_F(ConfigTest, NoQuoteHasNoDoubledQuotes) {
  Flag("quote", {"none"});
  EXPECT_EQ(Load().load.read.csv.quote, '\0');
  Flag("escape", {"doubled"});
  EXPECT_THAT(LoadError(), HasSubstr("--escape: doubled quotes need a quote character"));
}

TEST_F(ConfigTest, BadRecordLimits) {
  Flag("max-bad-records", {"0.5%"});
  EXPECT_DOUBLE_EQ(Load().load.bad_records.max_share.value(), 0.005);
  sources_.flags = {{FindByFlag("max-bad-records"), {"12"}}};
  EXPECT_EQ(Load().load.bad_records.max_count, 12U);
  EXPECT_FALSE(Load().load.bad_records.max_share.has_value());
  sources_.flags = {{FindByFlag("max-bad-records"), {"few"}}};
  EXPECT_THAT(LoadError(), HasSubstr("'few' is not a number of records, a share such as 5%, or none"));
}

TEST_F(ConfigTest, Codecs) {
  Flag("codec", {"zstd:3"});
  EXPECT_EQ(Load().load.write.codec, "zstd");
  EXPECT_EQ(Load().load.write.codec_level, 3);
  EXPECT_TRUE(Load().load.codec_given);
  for (const char* bad : {"zstd:23", "snappy:1", "lzma", "zstd:", ""}) {
    sources_.flags = {{FindByFlag("codec"), {bad}}};
    EXPECT_THAT(LoadError(), HasSubstr("--codec: ")) << bad;
  }
}

/// A value that each option takes and that differs from its default.
const std::map<std::string, std::string>& ValuesThatDiffer() {
  static const std::map<std::string, std::string> kValues = {{"warehouse", "w"},
                                                             {"catalog", "c"},
                                                             {"catalog-name", "n"},
                                                             {"state", "s"},
                                                             {"catalog-property", "token=x"},
                                                             {"region", "eu-west-1"},
                                                             {"s3-path-style", "yes"},
                                                             {"queue", "chunks"},
                                                             {"events", "landed"},
                                                             {"role", "plan"},
                                                             {"listen", "127.0.0.1:8080"},
                                                             {"drain-timeout", "5s"},
                                                             {"until-empty", "yes"},
                                                             {"dry-run", "yes"},
                                                             {"scratch", "t"},
                                                             {"table", "a.b"},
                                                             {"pipeline", "p"},
                                                             {"sql", "SELECT 1"},
                                                             {"metadata-columns", "true"},
                                                             {"chunk-size", "9MiB"},
                                                             {"commit", "chunk"},
                                                             {"split", "scan"},
                                                             {"on-bad-record", "fail"},
                                                             {"max-bad-records", "4"},
                                                             {"max-record-size", "1MiB"},
                                                             {"delimiter", "tab"},
                                                             {"quote", "none"},
                                                             {"escape", "backslash"},
                                                             {"header", "yes"},
                                                             {"null", "NA"},
                                                             {"skip", "2"},
                                                             {"encoding", "utf-16le"},
                                                             {"newline", "crlf"},
                                                             {"comment", "#"},
                                                             {"ragged", "pad"},
                                                             {"inner-quotes", "bad"},
                                                             {"header-rows", "2"},
                                                             {"trim", "true"},
                                                             {"per-chunk", "true"},
                                                             {"all-varchar", "true"},
                                                             {"column", "a=DATE"},
                                                             {"partition-by", "day(x)"},
                                                             {"table-property", "k=v"},
                                                             {"format-version", "1"},
                                                             {"evolve", "add-columns"},
                                                             {"codec", "snappy"},
                                                             {"row-group-rows", "4096"},
                                                             {"dictionary-size-limit", "7"},
                                                             {"parquet-version", "2"},
                                                             {"threads", "5"},
                                                             {"memory-limit", "1GiB"},
                                                             {"commit-retries", "2"},
                                                             {"commit-min-wait-ms", "3"},
                                                             {"commit-max-wait-ms", "400"},
                                                             {"commit-deadline-ms", "5"},
                                                             {"visibility-timeout", "7s"},
                                                             {"max-receives", "8"}};
  return kValues;
}

std::string OnlyOrigin(const ConfigSources& sources) {
  const auto config = LoadConfig(sources);
  if (!config.has_value()) return config.error().message;
  return config->origins.size() == 1 ? config->origins.front() : "not one origin";
}

TEST_F(ConfigTest, EveryOptionCanBeSetInAllThreePlaces) {
  for (const Option& option : Options()) {
    const std::string flag(option.flag);
    const std::string key(option.key);
    const std::string value = flag == "sql-file" ? File("q.sql", "SELECT 1") : ValuesThatDiffer().at(flag);
    sources_ = {
        .flags = {{&option, {value}}}, .environment = {}, .config_path = {}, .default_path = sources_.default_path};
    const std::string shown = flag == "catalog-property" ? "(not shown)" : value;
    EXPECT_EQ(OnlyOrigin(sources_), key + " = " + shown + " (from --" + flag + ")");
    sources_.flags.clear();
    sources_.environment = {{EnvironmentName(option), value}};
    EXPECT_EQ(OnlyOrigin(sources_), key + " = " + shown + " (from " + EnvironmentName(option) + ")");
    sources_.environment.clear();
    Toml(key + " = \"" + value + "\"\n");
    EXPECT_THAT(OnlyOrigin(sources_), HasSubstr("calve.toml:1: " + key)) << flag;
    std::filesystem::remove(sources_.default_path);
  }
}

TEST_F(ConfigTest, TheVariablesOfThePythonPipelineAreKnown) {
  Variable("CHUNK_SIZE_MB", "64");
  Variable("SQS_QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/1/chunks");
  Variable("S3_BUCKET_NAME", "lake");
  Variable("CALVE_HANDLER", "consume");
  // Outside of Lambda two of these names may mean anything.
  EXPECT_EQ(Load().queue, "");
  EXPECT_EQ(Load().warehouse, "./warehouse");
  EXPECT_EQ(Load().role, Role::kConsume);
  Variable("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001");
  EXPECT_EQ(Load().queue, "https://sqs.eu-west-1.amazonaws.com/1/chunks");
  EXPECT_EQ(Load().warehouse, "s3://lake");
  EXPECT_EQ(Load().load.read.chunk_size_bytes, 64U << 20U);
  Variable("CALVE_QUEUE", "ours");
  Variable("CALVE_ROLE", "plan");
  EXPECT_EQ(Load().queue, "ours");
  EXPECT_EQ(Load().role, Role::kPlan);
}

TEST_F(ConfigTest, APasswordIsNotShown) {
  for (const char* uri : {"postgresql://me:secret@db/iceberg", "postgresql://db/iceberg?user=me&password=secret"}) {
    Variable("CALVE_CATALOG", uri);
    const auto config = LoadConfig(sources_);
    ASSERT_TRUE(config.has_value()) << uri;
    EXPECT_THAT(config->origins, ElementsAre("catalog = (not shown) (from CALVE_CATALOG)")) << uri;
  }
  // Plain places are shown.
  Variable("CALVE_CATALOG", "http://127.0.0.1:8181/api");
  const auto plain = LoadConfig(sources_);
  ASSERT_TRUE(plain.has_value());
  EXPECT_THAT(plain->origins, ElementsAre("catalog = http://127.0.0.1:8181/api (from CALVE_CATALOG)"));
}

TEST_F(ConfigTest, AWarehouseOnS3HasItsOwnDefaults) {
  Flag("warehouse", {"s3://lake/tables/"});
  const Settings settings = Load();
  EXPECT_TRUE(settings.OnS3());
  EXPECT_EQ(settings.Catalog(), "glue");
  EXPECT_EQ(settings.State(), "s3://lake/tables/_calve");
  EXPECT_TRUE(settings.Scratch().ends_with("/calve")) << settings.Scratch();
}

TEST(OptionTableTest, NamesAreUniqueAndComplete) {
  std::set<std::string> keys;
  std::set<std::string> flags;
  for (const Option& option : Options()) {
    EXPECT_TRUE(keys.insert(std::string(option.key)).second) << option.key;
    EXPECT_TRUE(flags.insert(std::string(option.flag)).second) << option.flag;
    EXPECT_NE(option.set, nullptr) << option.flag;
    EXPECT_FALSE(option.help.empty()) << option.flag;
    EXPECT_EQ(FindByFlag(option.flag), &option);
    EXPECT_EQ(FindByKey(option.key), &option);
  }
  EXPECT_EQ(FindByFlag("no-such"), nullptr);
  EXPECT_EQ(FindByKey("commit.no_such"), nullptr);
  EXPECT_EQ(EnvironmentName(*FindByFlag("commit-min-wait-ms")), "CALVE_COMMIT_MIN_WAIT_MS");
}

}  // namespace
}  // namespace calve::app
