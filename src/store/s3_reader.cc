#include "store/s3_reader.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "store/part_pipeline.h"
#include "store/s3_object.h"

namespace calve::store {
namespace {

// Of a read that is known to be long: its first bytes come soon, and the rest side by side.
constexpr uint64_t kFirstOfManyBytes = uint64_t{1} << 20U;

class S3Stream final : public ByteStream {
 public:
  S3Stream(S3Client& client, S3Location where, const OpenOptions& options)
      : client_(client), object_(client, std::move(where), options.if_version), options_(options) {}

  S3Stream(const S3Stream&) = delete;
  S3Stream& operator=(const S3Stream&) = delete;
  ~S3Stream() override {
    pipeline_.reset();
    GiveBack();
  }

  Status Start() {
    const uint64_t part = client_.options().read_part_bytes;
    const uint64_t asked = std::min(options_.length_bytes.value_or(std::numeric_limits<uint64_t>::max()),
                                    std::numeric_limits<uint64_t>::max() - options_.offset_bytes);
    uint64_t first = std::min(asked, part);
    // Not when nobody knows how long it will be: the usual small object is then one GET.
    const bool is_long = options_.length_bytes || options_.expected_bytes;
    if (is_long && options_.expected_bytes.value_or(asked) > part) first = std::min(kFirstOfManyBytes, part);
    part_.buffer = client_.buffers().Take();
    CALVE_ASSIGN_OR_RETURN(part_.size_bytes,
                           object_.ReadFirst(options_.offset_bytes, std::span(part_.buffer.get(), first)));
    begin_ = std::min(options_.offset_bytes, object_.size_bytes());
    end_ = begin_ + std::min(asked, object_.size_bytes() - begin_);
    return {};
  }

  Result<size_t> Read(std::span<std::byte> buffer) override {
    if (failed_) return std::unexpected(*failed_);
    if (buffer.empty()) return size_t{0};
    const uint64_t first_end = begin_ + part_.size_bytes;
    if (!pipeline_ && at_ * 2 >= part_.size_bytes && first_end < end_) StartPipeline(first_end);
    if (at_ == part_.size_bytes) {
      if (!pipeline_) return size_t{0};
      GiveBack();
      Result<Part> next = pipeline_->Next();
      if (!next) {
        failed_ = next.error();
        return std::unexpected(std::move(next).error());
      }
      part_ = std::move(*next);
      at_ = 0;
    }
    const size_t n = std::min(buffer.size(), part_.size_bytes - at_);
    if (n > 0) std::memcpy(buffer.data(), part_.buffer.get() + at_, n);
    at_ += n;
    return n;
  }

  uint64_t object_size_bytes() const override { return object_.size_bytes(); }

 private:
  void GiveBack() {
    client_.buffers().GiveBack(std::move(part_.buffer));
    part_ = {};
  }

  void StartPipeline(uint64_t from) {
    pipeline_.emplace(PartPipeline::Range{.begin_bytes = from,
                                          .end_bytes = end_,
                                          .ahead_until_bytes = AheadUntil(),
                                          .part_bytes = client_.options().read_part_bytes,
                                          .parts = client_.options().read_parts},
                      client_.buffers(), [this](uint64_t at, std::span<std::byte> into, const CancelToken& cancel) {
                        return object_.Read(at, into, cancel);
                      });
    pipeline_->Start();
  }

  uint64_t AheadUntil() const {
    if (!options_.expected_bytes) return end_;
    return begin_ + std::min(*options_.expected_bytes, end_ - begin_);
  }

  S3Client& client_;
  S3Object object_;
  const OpenOptions options_;
  uint64_t begin_ = 0;  ///< Of the range, in the object.
  uint64_t end_ = 0;
  Part part_;  ///< Being read.
  size_t at_ = 0;
  std::optional<Error> failed_;
  std::optional<PartPipeline> pipeline_;  ///< Last: its threads use what is above.
};

}  // namespace

Result<std::unique_ptr<ByteStream>> OpenS3Stream(S3Client& client, const S3Location& where,
                                                 const OpenOptions& options) {
  auto stream = std::make_unique<S3Stream>(client, where, options);
  CALVE_RETURN_IF_ERROR(stream->Start());
  return stream;
}

}  // namespace calve::store
