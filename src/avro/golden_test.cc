// Container files that fastavro wrote, in each codec; tests/golden/make_golden.py makes them.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "avro/object_container.h"

namespace calve::avro {
namespace {

std::string ReadGolden(const std::string& name) {
  const auto path = std::filesystem::path(CALVE_GOLDEN_DIR) / name;
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

template <typename T>
T Get(const Record& record, size_t i) {
  return std::get<T>(record.at(i).second.v);
}

TEST(Golden, EveryCodecOfFastavro) {
  for (const char* codec : {"null", "deflate", "zstandard", "snappy"}) {
    const auto file = ReadContainer(ReadGolden(std::string("avro_") + codec + ".avro"), codec);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->metadata.at("made-by"), "fastavro");
    EXPECT_EQ(file->metadata.at("avro.codec"), codec);
    ASSERT_EQ(file->records.size(), 80U);
    for (int64_t i = 0; i < 80; ++i) {
      const auto& record = std::get<Record>(file->records[static_cast<size_t>(i)].v);
      ASSERT_EQ(record.size(), 13U);
      EXPECT_EQ(Get<int64_t>(record, 0), i - 40);
      if (i % 3 == 0) {
        EXPECT_TRUE(std::holds_alternative<std::monostate>(record[1].second.v));
      } else {
        EXPECT_EQ(Get<int64_t>(record, 1), (int64_t{1} << 62) - i);
      }
      EXPECT_EQ(Get<bool>(record, 2), i % 2 == 0);
      EXPECT_EQ(Get<float>(record, 3), static_cast<float>(i) / 4);
      EXPECT_EQ(Get<double>(record, 4), static_cast<double>(-i) / 3);
      EXPECT_EQ(Get<std::string>(record, 5).size(), static_cast<size_t>(2 * (i % 5)));
      EXPECT_EQ(Get<std::string>(record, 6).size(), static_cast<size_t>(i % 7));
      EXPECT_EQ(Get<std::string>(record, 7), (std::string{'\0', '\0', '\0', static_cast<char>(i)}));
      EXPECT_EQ(Get<std::string>(record, 8), "abcd");
      EXPECT_EQ(Get<std::string>(record, 9), i % 2 == 1 ? "HEARTS" : "CLUBS");
      const auto array = Get<Array>(record, 10);
      ASSERT_EQ(array.size(), static_cast<size_t>(i % 3));
      const bool second = array.size() < 2 || std::get<std::string>(array[1].v) == "1234";
      EXPECT_TRUE(second);
      const auto map = Get<std::shared_ptr<Map>>(record, 11);
      ASSERT_EQ(map->size(), static_cast<size_t>(i % 2));
      const bool value = map->empty() || std::get<int64_t>(map->at(0).second.v) == i;
      EXPECT_TRUE(value);
      EXPECT_TRUE(Get<Record>(record, 12).empty());
    }
  }
}

}  // namespace
}  // namespace calve::avro
