// Avro container files, manifests and manifest lists from hostile bytes: every reader answers with a Result, and what
// it accepts can be written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "avro/codec.h"
#include "avro/object_container.h"
#include "base/rng.h"
#include "iceberg/manifest_list.h"
#include "iceberg/manifest_reader.h"
#include "iceberg/manifest_schema.h"
#include "iceberg/manifest_summary.h"
#include "iceberg/manifest_writer.h"

namespace {

using namespace calve::iceberg;

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckManifest(std::string_view bytes) {
  const auto header = ReadManifestHeader(bytes, "fuzz");
  if (!header) return;
  const PartitionSpec spec{header->spec_id.value_or(0), header->fields};
  (void)ReadManifestEntries(bytes, "fuzz", spec, nullptr, nullptr);
  if (!header->schema) return;
  const auto types = PartitionTypes(spec, *header->schema);
  if (!types) return;
  ManifestFile listed;
  listed.added_snapshot_id = 5;
  listed.sequence_number = 7;
  (void)ReadManifestEntries(bytes, "fuzz", spec, &*types, &listed);
  listed.sequence_number = 0;
  const auto entries = ReadManifestEntries(bytes, "fuzz", spec, &*types, &listed);
  if (!entries) return;
  (void)SummarizeEntries(*entries, &*types, 1, 1);
  for (const ManifestEntry& entry : *entries) (void)PartitionPath(spec, *header->schema, entry.file.partition);
  calve::SeededRng rng(1);
  // A decimal may have more digits than its type in a foreign file; everything else that was read can be written.
  const auto again = EncodeManifest({*header->schema, spec, *types, 2, header->content}, *entries, rng);
  if (!again) return;
  const auto reread = ReadManifestEntries(*again, "again", spec, &*types, &listed);
  Require(reread.has_value() && reread->size() == entries->size());
  for (size_t i = 0; i < entries->size(); ++i) {
    Require((*reread)[i].file.file_path == (*entries)[i].file.file_path);
    Require((*reread)[i].sequence_number == (*entries)[i].sequence_number);
    Require((*reread)[i].file.lower_bounds == (*entries)[i].file.lower_bounds);
    Require((*reread)[i].file.partition.size() == (*entries)[i].file.partition.size());
  }
}

void CheckList(std::string_view bytes) {
  const auto manifests = ReadManifestList(bytes, "fuzz");
  if (!manifests) return;
  calve::SeededRng rng(1);
  const auto again = EncodeManifestList({2, 1, 2, 3}, *manifests, rng);
  if (!again) return;  // Counts that only version 1 may lack, or that are too great.
  const auto reread = ReadManifestList(*again, "again");
  Require(reread.has_value() && reread->size() == manifests->size());
  for (size_t i = 0; i < manifests->size(); ++i) {
    Require((*reread)[i].path == (*manifests)[i].path);
    Require((*reread)[i].added_rows == (*manifests)[i].added_rows);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)calve::avro::DecompressSnappy(bytes, size_t{1} << 16U);
  const auto container = calve::avro::ReadContainer(bytes, "fuzz");
  if (container) {
    calve::SeededRng rng(1);
    (void)calve::avro::WriteContainer(container->schema, container->metadata, container->records,
                                      calve::avro::Codec::kDeflate, rng);
  }
  CheckManifest(bytes);
  CheckList(bytes);
  return 0;
}
