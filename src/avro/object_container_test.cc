// Round trips over generated schemas and values; then everything a hostile file may try: every such file must be
// refused as kCorrupt (or read, when the damage hit nothing), never crash and never take memory out of proportion.
#include "avro/object_container.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <cmath>
#include <cstring>

#include "avro/codec.h"
#include "avro/container_reader.h"
#include "avro/encoder.h"
#include "avro/schema.h"

namespace calve::avro {
namespace {

bool Same(const Value& a, const Value& b);

bool SamePairs(const Record& a, const Record& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first && Same(x.second, y.second); });
}

bool Same(const Value& a, const Value& b) {
  if (a.v.index() != b.v.index()) return false;
  if (const auto* map = std::get_if<std::shared_ptr<Map>>(&a.v))
    return SamePairs(**map, **std::get_if<std::shared_ptr<Map>>(&b.v));
  if (const auto* record = std::get_if<Record>(&a.v)) return SamePairs(*record, std::get<Record>(b.v));
  if (const auto* array = std::get_if<Array>(&a.v)) {
    const auto& other = std::get<Array>(b.v);
    return std::equal(array->begin(), array->end(), other.begin(), other.end(), Same);
  }
  if (const auto* d = std::get_if<double>(&a.v)) return std::memcmp(d, &std::get<double>(b.v), sizeof *d) == 0;
  if (const auto* f = std::get_if<float>(&a.v)) return std::memcmp(f, &std::get<float>(b.v), sizeof *f) == 0;
  if (const auto* i = std::get_if<int64_t>(&a.v)) return *i == std::get<int64_t>(b.v);
  if (const auto* s = std::get_if<std::string>(&a.v)) return *s == std::get<std::string>(b.v);
  if (const auto* t = std::get_if<bool>(&a.v)) return *t == std::get<bool>(b.v);
  return true;
}

std::string RandomBytes(Rng& rng, size_t size) {
  std::string bytes;
  while (bytes.size() < size) bytes.push_back(static_cast<char>(rng.Next()));
  return bytes;
}

/// A schema and, by Make, values that fit it.
struct Generator {
  SeededRng rng;
  int names = 0;

  explicit Generator(uint64_t seed) : rng(seed) {}

  uint64_t Below(uint64_t n) { return rng.Next() % n; }

  Json Schema(int depth) {
    const uint64_t pick = Below(depth > 3 ? 10 : 15);
    switch (pick) {
      case 0:
        return "null";
      case 1:
        return "boolean";
      case 2:
        return "int";
      case 3:
        return {{"type", "long"}, {"logicalType", "timestamp-micros"}, {"adjust-to-utc", true}};
      case 4:
        return "float";
      case 5:
        return "double";
      case 6:
        return "bytes";
      case 7:
        return {{"type", "string"}};
      case 8:
        return {{"type", "fixed"}, {"name", Name()}, {"size", Below(20)}};
      case 9:
        return {{"type", "enum"}, {"name", Name()}, {"symbols", {"A", "B", "C"}}};
      case 10:
        return {{"type", "array"}, {"items", Schema(depth + 1)}, {"element-id", 7}};
      case 11:
        return {{"type", "map"}, {"values", Schema(depth + 1)}};
      case 12:
        return Json::array({"null", {{"type", "array"}, {"items", Schema(depth + 1)}}});
      default:
        return RecordSchema(depth);
    }
  }

  Json RecordSchema(int depth) {
    Json fields = Json::array();
    const uint64_t count = Below(5);
    for (uint64_t i = 0; i < count; ++i) {
      fields.push_back({{"name", "f" + std::to_string(i)}, {"type", Schema(depth + 1)}, {"field-id", i}});
    }
    return {{"type", "record"}, {"name", Name()}, {"fields", fields}};
  }

  std::string Name() { return "n" + std::to_string(names++); }

  Value Make(const Node& node) {
    switch (node.kind) {
      case Kind::kNull:
        return {};
      case Kind::kBoolean:
        return {Below(2) == 1};
      case Kind::kInt:
        return {static_cast<int64_t>(static_cast<int32_t>(rng.Next()))};
      case Kind::kLong:
        return {static_cast<int64_t>(rng.Next()) >> Below(64)};
      case Kind::kFloat:
        return {static_cast<float>(static_cast<int32_t>(rng.Next())) / 7.0F};
      case Kind::kDouble:
        return {Below(9) == 0 ? std::nan("") : static_cast<double>(static_cast<int64_t>(rng.Next())) / 3.0};
      case Kind::kBytes:
      case Kind::kString:
        return {RandomBytes(rng, Below(12) == 0 ? 9000 : Below(20))};
      case Kind::kFixed:
        return {RandomBytes(rng, node.size_bytes)};
      case Kind::kEnum:
        return {node.symbols[Below(node.symbols.size())]};
      case Kind::kArray: {
        Array array(Below(4));
        for (Value& item : array) item = Make(*node.items);
        return {std::move(array)};
      }
      case Kind::kMap: {
        auto map = std::make_shared<Map>();
        for (uint64_t i = Below(4); i > 0; --i) map->emplace_back("k" + std::to_string(i), Make(*node.items));
        return {std::move(map)};
      }
      case Kind::kUnion:
        return Make(*node.branches[Below(node.branches.size())]);
      case Kind::kRecord: {
        Record record;
        for (const RecordField& field : node.fields) record.emplace_back(field.name, Make(*field.node));
        return {std::move(record)};
      }
    }
    return {};
  }
};

TEST(ObjectContainer, RoundTripsGeneratedSchemasAndValues) {
  for (uint64_t seed = 0; seed < 150; ++seed) {
    Generator gen(seed);
    const Json schema = gen.RecordSchema(0);
    const auto parsed = ParsedSchema::Parse(schema);
    ASSERT_TRUE(parsed) << parsed.error().message << schema.dump();
    std::vector<Value> records(gen.Below(40));
    for (Value& record : records) record = gen.Make((*parsed)->root());
    const Codec codec = gen.Below(2) == 0 ? Codec::kNull : Codec::kDeflate;
    const auto file = WriteContainer(schema, {{"format-version", "2"}, {"empty", ""}}, records, codec, gen.rng);
    ASSERT_TRUE(file) << file.error().message;
    const auto read = ReadContainer(*file, "test");
    ASSERT_TRUE(read) << seed << read.error().message;
    EXPECT_EQ(read->schema.dump(), schema.dump());
    EXPECT_EQ(read->metadata.at("format-version"), "2");
    EXPECT_EQ(read->metadata.at("empty"), "");
    ASSERT_EQ(read->records.size(), records.size());
    for (size_t i = 0; i < records.size(); ++i) ASSERT_TRUE(Same(records[i], read->records[i])) << seed << " " << i;
  }
}

Json LongSchema() { return {{"type", "record"}, {"name", "r"}, {"fields", {{{"name", "x"}, {"type", "long"}}}}}; }

std::vector<Value> Longs(int count) {
  std::vector<Value> records;
  for (int i = 0; i < count; ++i) records.push_back({Record{{"x", {int64_t{i}}}}});
  return records;
}

TEST(ObjectContainer, ManyBlocks) {
  SeededRng rng(1);
  const auto file = WriteContainer(LongSchema(), {}, Longs(100'000), Codec::kDeflate, rng);
  ASSERT_TRUE(file);
  const auto read = ReadContainer(*file, "test");
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->records.size(), 100'000U);
  EXPECT_TRUE(Same(read->records[99'999], {Record{{"x", {int64_t{99'999}}}}}));
}

TEST(ObjectContainer, ZeroRecordsHaveNoBlock) {
  SeededRng rng(1);
  const auto read = ReadContainer(*WriteContainer(LongSchema(), {}, {}, Codec::kDeflate, rng), "test");
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->records.empty());
}

TEST(ObjectContainer, EveryTruncationIsRefusedOrEndsAtABlock) {
  Generator gen(77);
  const Json schema = gen.RecordSchema(0);
  SeededRng rng(3);
  const std::string file = *WriteContainer(LongSchema(), {{"a", "b"}}, Longs(50), Codec::kDeflate, rng);
  const size_t header = file.find("avro.schema");
  ASSERT_NE(header, std::string::npos);
  size_t whole = 0;
  for (size_t size = 0; size < file.size(); ++size) {
    const auto read = ReadContainer(std::string_view(file).substr(0, size), "cut");
    if (read) {
      ++whole;  // Right behind the header: a file of no blocks is a file.
      EXPECT_TRUE(read->records.empty());
    } else {
      EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt) << size;
      EXPECT_NE(read.error().message.find("cut"), std::string::npos);
    }
  }
  EXPECT_EQ(whole, 1U);
}

TEST(ObjectContainer, FlippedBytesNeverCrash) {
  for (uint64_t seed = 0; seed < 25; ++seed) {
    Generator gen(seed);
    const Json schema = gen.RecordSchema(0);
    const auto parsed = ParsedSchema::Parse(schema);
    std::vector<Value> records(6);
    for (Value& record : records) record = gen.Make((*parsed)->root());
    const std::string file = *WriteContainer(schema, {}, records, Codec::kNull, gen.rng);
    for (int i = 0; i < 200; ++i) {
      std::string damaged = file;
      for (uint64_t n = 1 + gen.Below(3); n > 0; --n)
        damaged[gen.Below(damaged.size())] = static_cast<char>(gen.rng.Next());
      const auto read = ReadContainer(damaged, "damaged");
      if (!read) {
        EXPECT_TRUE(read.error().kind == ErrorKind::kCorrupt || read.error().kind == ErrorKind::kInvalidArgument);
      }
    }
  }
}

/// A file of one block, put together by hand.
std::string File(const std::string& schema, const std::string& codec, int64_t count, const std::string& block) {
  std::string out("Obj\x01", 4);
  EncodeLong(-2, out);  // As a sized block, which writers may use too.
  EncodeLong(99, out);
  EncodeBytes("avro.codec", out);
  EncodeBytes(codec, out);
  EncodeBytes("avro.schema", out);
  EncodeBytes(schema, out);
  EncodeLong(0, out);
  const std::string sync(16, 's');
  out += sync;
  EncodeLong(count, out);
  EncodeBytes(block, out);
  return out + sync;
}

TEST(ObjectContainer, NegativeBlockCountsCarryASize) {
  std::string items;
  EncodeLong(-2, items);
  EncodeLong(2, items);
  EncodeLong(5, items);
  EncodeLong(-6, items);
  EncodeLong(1, items);
  EncodeLong(7, items);
  EncodeLong(0, items);
  const std::string schema = R"({"type":"array","items":"int"})";
  const auto read = ReadContainer(File(schema, "null", 1, items), "test");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(Same(read->records[0], {Array{{int64_t{5}}, {int64_t{-6}}, {int64_t{7}}}}));

  std::string wrong = items;
  wrong[1] = 6;  // Says three bytes where two are.
  EXPECT_EQ(ReadContainer(File(schema, "null", 1, wrong), "test").error().kind, ErrorKind::kCorrupt);
}

TEST(ObjectContainer, BombsAreRefused) {
  std::string huge;
  EncodeLong(int64_t{1} << 60U, huge);
  const auto kind = [](const std::string& schema, int64_t count, const std::string& block) {
    const auto read = ReadContainer(File(schema, "null", count, block), "bomb");
    return read ? ErrorKind::kInternal : read.error().kind;
  };
  EXPECT_EQ(kind(R"("bytes")", 1, huge), ErrorKind::kCorrupt);
  EXPECT_EQ(kind(R"({"type":"array","items":"null"})", 1, huge + '\0'), ErrorKind::kCorrupt);
  EXPECT_EQ(kind(R"({"type":"map","values":"null"})", 1, huge + '\0'), ErrorKind::kCorrupt);
  EXPECT_EQ(kind(R"({"type":"record","name":"e","fields":[]})", int64_t{1} << 40U, ""), ErrorKind::kCorrupt);
  EXPECT_EQ(kind(R"({"type":"fixed","name":"f","size":9223372036854775807})", 1, "x"), ErrorKind::kCorrupt);
  EXPECT_EQ(kind(R"({"type":"record","name":"e","fields":[{"name":"self","type":"e"}]})", 1, ""), ErrorKind::kCorrupt);
  const std::string list = R"({"type":"record","name":"l","fields":[{"name":"next","type":["null","l"]}]})";
  EXPECT_EQ(kind(list, 1, std::string(10'000, '\x02')), ErrorKind::kCorrupt);
  EXPECT_TRUE(ReadContainer(File(list, "null", 1, std::string("\x02\x02\x02\0", 4)), "list"));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += '[';
  EXPECT_EQ(kind(deep, 0, ""), ErrorKind::kCorrupt);
  const std::string zeros(50'000'000, '\0');
  const std::string bomb = File(R"({"type":"array","items":"int"})", "deflate", 1, *DeflateRaw(zeros));
  EXPECT_EQ(ReadContainer(bomb, "bomb").error().kind,
            ErrorKind::kCorrupt);  // A record of one empty array, and the rest.
}

TEST(ObjectContainer, ReadsForeignCodecs) {
  std::string content;
  for (int i = 0; i < 300; ++i) EncodeBytes("s3://bucket/data/file-" + std::to_string(i % 7), content);
  const auto check = [&](const std::string& codec, const std::string& block) {
    const auto read = ReadContainer(File("\"string\"", codec, 300, block), codec);
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->records.size(), 300U);
    EXPECT_EQ(std::get<std::string>(read->records[299].v), "s3://bucket/data/file-5");
  };
  std::string zstd(ZSTD_compressBound(content.size()), '\0');
  zstd.resize(ZSTD_compress(zstd.data(), zstd.size(), content.data(), content.size(), 3));
  check("zstandard", zstd);
  EXPECT_FALSE(ReadContainer(File("\"string\"", "zstandard", 300, zstd.substr(0, zstd.size() - 1)), "cut"));
  EXPECT_FALSE(ReadContainer(File("\"string\"", "zstandard", 300, zstd + "x"), "long"));

  const auto other = ReadContainer(File("\"string\"", "bzip2", 300, content), "file x");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_NE(other.error().message.find("bzip2"), std::string::npos);
  EXPECT_NE(other.error().message.find("file x"), std::string::npos);
}

std::string WithCrc(std::string snappy, const std::string& content) {
  const auto crc = static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()));
  for (int shift = 24; shift >= 0; shift -= 8)
    snappy.push_back(static_cast<char>(crc >> static_cast<unsigned>(shift) & 0xffU));
  return snappy;
}

TEST(Codec, SnappyLiteralsAndCopies) {
  // "abcd", then a copy of 8 from 4 back (overlapping), a 2-byte-offset copy of 3, a literal of 61 with a length byte.
  const std::string tail(61, 'z');
  const std::string expected =
      "abcd"
      "abcdabcd"
      "bcd" +
      tail;
  std::string body;
  body.push_back(static_cast<char>(expected.size()));
  body += std::string(
      "\x0c"
      "abcd",
      5);
  body += std::string("\x11\x04", 2);      // Copy, 1-byte offset: length 8, offset 4.
  body += std::string("\x0a\x03\x00", 3);  // Copy, 2-byte offset: length 3, offset 3.
  body += std::string("\xf0\x3c", 2) + tail;
  const auto out = DecompressSnappy(WithCrc(body, expected), 1000);
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_EQ(*out, expected);

  EXPECT_FALSE(DecompressSnappy(WithCrc(body, expected), 10));
  EXPECT_FALSE(DecompressSnappy(WithCrc(body, expected + "x"), 1000));  // Wrong checksum.
  for (size_t cut = 0; cut < body.size(); ++cut)
    EXPECT_FALSE(DecompressSnappy(WithCrc(body.substr(0, cut), expected), 1000));
  const std::string before_start("\x04\x05\x01", 3);
  EXPECT_FALSE(DecompressSnappy(WithCrc(before_start, ""), 1000));
}

TEST(Codec, DeflateIsBoundedAndWhole) {
  const std::string content(100'000, 'x');
  const std::string block = *DeflateRaw(content);
  EXPECT_EQ(*DecompressBlock("deflate", block, 100'000), content);
  EXPECT_EQ(DecompressBlock("deflate", block, 99'999).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(*DecompressBlock("deflate", block + "tra", 200'000), content);
  EXPECT_EQ(DecompressBlock("deflate", block + "trail", 200'000).error().kind, ErrorKind::kCorrupt);
  for (size_t cut = 0; cut < block.size(); ++cut)
    EXPECT_FALSE(DecompressBlock("deflate", block.substr(0, cut), 200'000));
  EXPECT_EQ(*DecompressBlock("deflate", *DeflateRaw(""), 10), "");
}

TEST(Schema, ResolvesNamesInNamespaces) {
  const auto schema = ParsedSchema::Parse(*ParseJson(R"({"type":"record","name":"a.b.R","fields":[
      {"name":"f","type":{"type":"fixed","name":"F","size":3}},
      {"name":"g","type":"F"}, {"name":"h","type":"a.b.F"}, {"name":"i","type":{"type":"F"}}]})",
                                                     "test"));
  ASSERT_TRUE(schema) << schema.error().message;
  const auto& fields = (*schema)->root().fields;
  ASSERT_EQ(fields.size(), 4U);
  for (const auto& field : fields) EXPECT_EQ(field.node, fields[0].node);
}

TEST(Schema, RefusesWhatIsNone) {
  for (const char* text : {R"("F")", R"({})", R"([])", R"(["null",["int"]])", R"({"type":"record","name":"x"})", R"(7)",
                           R"({"type":"array"})", R"({"type":"map"})", R"({"type":"fixed","name":"f","size":-1})",
                           R"({"type":"enum","name":"f"})", R"({"type":"record","fields":[]})",
                           R"({"type":"record","name":"r","fields":[{"name":"x"}]})",
                           R"([{"type":"fixed","name":"f","size":1},{"type":"fixed","name":"f","size":2}])"}) {
    const auto schema = ParsedSchema::Parse(*ParseJson(text, "test"));
    ASSERT_FALSE(schema) << text;
    EXPECT_EQ(schema.error().kind, ErrorKind::kCorrupt);
  }
}

TEST(Encoder, ValuesThatDoNotFitAreOurBug) {
  SeededRng rng(5);
  const auto kind = [&](const Json& schema, const Value& value) {
    const auto file = WriteContainer(schema, {}, {value}, Codec::kNull, rng);
    return file ? ErrorKind::kCorrupt : file.error().kind;
  };
  EXPECT_EQ(kind("int", {int64_t{1} << 40}), ErrorKind::kInternal);
  EXPECT_EQ(kind("string", {int64_t{1}}), ErrorKind::kInternal);
  EXPECT_EQ(kind(LongSchema(), {Record{{"y", {int64_t{1}}}}}), ErrorKind::kInternal);
  EXPECT_EQ(kind(LongSchema(), {Record{}}), ErrorKind::kInternal);
  EXPECT_EQ(kind(Json::array({"null", "int"}), {std::string("x")}), ErrorKind::kInternal);
  EXPECT_EQ(kind("unheard-of", {}), ErrorKind::kInternal);
}

}  // namespace
}  // namespace calve::avro
