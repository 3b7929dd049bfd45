// S3 in memory, behind the HTTP transport: what the store sends is taken as bytes of HTTP, and judged as S3 judges it.
//
// Enforced: conditional writes and reads, ranges, versions, checksums (CRC-32, Content-MD5), the parts of uploads and
// their order, the size of a part, paging. Not enforced: signatures (the signer has tests of its own, and the contract
// suite runs on servers that verify them).
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/whole_number.h"
#include "http/transport.h"
#include "store/local_store.h"
#include "store/s3_encoding.h"

namespace calve::store {

/// What goes wrong with one request.
struct S3Fault {
  enum class Kind {
    kRefuse,      ///< It does nothing, and answers `status` with `code`.
    kLost,        ///< It does nothing, and the connection breaks.
    kLoseAnswer,  ///< It is done, and the connection breaks.
    kBreak,       ///< The body breaks off after `bytes`.
    kError200,    ///< It does nothing, and answers 200 with an error in the body.
    kTwice,       ///< It is done twice, as by a proxy: the second answer is given.
  };
  Kind kind = Kind::kRefuse;
  int status = 503;
  std::string code = "SlowDown";
  http::Headers headers{};
  size_t bytes = 0;
};

/// Thread-safe. URLs name buckets by path.
class FakeS3 final : public http::Transport {
 public:
  using Reply = std::expected<http::Response, http::SendError>;

  struct Object {
    std::string data;
    std::string etag;
    std::string version_id;
    std::string write_id;
  };

  bool versioning = false;
  size_t page_keys = 1000;                         ///< Of a listing.
  size_t min_part_bytes = size_t{5} << 20U;        ///< Of all but the last part of an upload.
  std::string region = "us-east-1";                ///< Requests that are signed for another are refused.
  std::function<void(const std::string&)> before;  ///< Called with an operation's name before it is done.

  /// The next request of that operation ("GetObject") fails so; several queue up.
  void Fail(const std::string& operation, S3Fault fault) {
    const std::lock_guard lock(mutex_);
    faults_[operation].push_back(std::move(fault));
  }

  void Set(const std::string& key, std::string data) {
    const std::lock_guard lock(mutex_);
    Store(key, {.data = std::move(data), .etag = {}, .version_id = {}, .write_id = {}});
  }
  void Remove(const std::string& key) {
    const std::lock_guard lock(mutex_);
    objects_.erase(key);
  }
  std::optional<std::string> Data(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto it = objects_.find(key);
    return it == objects_.end() ? std::nullopt : std::optional(it->second.back().data);
  }
  size_t uploads() {
    const std::lock_guard lock(mutex_);
    return uploads_.size();
  }
  /// How many requests of that operation came.
  size_t Count(const std::string& operation) {
    const std::lock_guard lock(mutex_);
    return static_cast<size_t>(std::ranges::count(operations_, operation));
  }
  /// The requests of that operation.
  std::vector<http::Request> Requests(const std::string& operation) {
    const std::lock_guard lock(mutex_);
    std::vector<http::Request> found;
    for (size_t i = 0; i < operations_.size(); ++i) {
      if (operations_[i] == operation) found.push_back(requests_[i]);
    }
    return found;
  }

  Reply Send(const http::Request& request, const http::BodySink& sink) override {
    const Parsed parsed = Parse(request);
    if (before) before(parsed.operation);
    std::optional<S3Fault> fault;
    http::Response response;
    {
      const std::lock_guard lock(mutex_);
      operations_.push_back(parsed.operation);
      requests_.push_back(request);
      auto& faults = faults_[parsed.operation];
      if (!faults.empty()) {
        fault = std::move(faults.front());
        faults.pop_front();
      }
      using Kind = S3Fault::Kind;
      if (fault && fault->kind == Kind::kLost) return Lost();
      if (fault && fault->kind == Kind::kRefuse) {
        response = Refuse(fault->status, fault->code);
        for (const http::Header& header : fault->headers) response.headers.push_back(header);
        if (request.method == "HEAD") response.body.clear();
        return response;
      }
      if (fault && fault->kind == Kind::kError200) {
        response = Refuse(200, fault->code);
      } else {
        if (fault && fault->kind == Kind::kTwice) (void)Do(request, parsed);
        response = Do(request, parsed);
      }
      if (fault && fault->kind == Kind::kLoseAnswer) return Lost();
    }
    const bool breaks = fault && fault->kind == S3Fault::Kind::kBreak;
    if (breaks) response.body.resize(std::min(response.body.size(), fault->bytes));
    if (sink && response.status / 100 == 2) {
      constexpr size_t kPiece = 1000;
      for (size_t at = 0; at < response.body.size(); at += kPiece) {
        if (!sink(std::as_bytes(std::span(response.body).subspan(at, std::min(kPiece, response.body.size() - at))))) {
          return std::unexpected(http::SendError{{ErrorKind::kCancelled, "stopped by the receiver"}, true});
        }
      }
      response.body.clear();
    }
    if (breaks) return Lost();
    return response;
  }

 private:
  struct Parsed {
    std::string operation;
    std::string key;
    std::map<std::string, std::string> query;
  };
  struct Upload {
    std::string key;
    std::string write_id;
    std::map<int, Object> parts;
  };

  static Reply Lost() {
    return std::unexpected(http::SendError{{ErrorKind::kUnavailable, "the connection broke"}, true});
  }

  static std::string Decode(std::string_view text) {  // As a URL: `+` is a plus.
    std::string escaped;
    for (const char c : text) escaped += c == '+' ? "%2B" : std::string(1, c);
    return DecodeListed(escaped);
  }

  static std::string Encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("-_./").contains(c)) {
        out += c;
      } else {
        out += c == ' ' ? "+" : fmt::format("%{:02X}", static_cast<unsigned char>(c));
      }
    }
    return out;
  }

  static Parsed Parse(const http::Request& request) {
    Parsed parsed;
    std::string_view url = request.url;
    url.remove_prefix(url.find('/', url.find("://") + 3) + 1);
    const std::string_view path = url.substr(0, url.find('?'));
    if (const size_t slash = path.find('/'); slash != std::string_view::npos) {
      parsed.key = Decode(path.substr(slash + 1));
    }
    for (std::string_view rest = url.substr(std::min(path.size() + 1, url.size())); !rest.empty();) {
      const std::string_view pair = rest.substr(0, rest.find('&'));
      rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
      const size_t equals = std::min(pair.find('='), pair.size());
      parsed.query[Decode(pair.substr(0, equals))] = Decode(pair.substr(std::min(equals + 1, pair.size())));
    }
    const auto has = [&](const char* name) { return parsed.query.contains(name); };
    const std::string& method = request.method;
    if (method == "GET") parsed.operation = has("list-type") ? "ListObjectsV2" : "GetObject";
    if (method == "HEAD") parsed.operation = parsed.key.empty() ? "HeadBucket" : "HeadObject";
    if (method == "PUT") parsed.operation = has("partNumber") ? "UploadPart" : "PutObject";
    if (method == "DELETE") parsed.operation = has("uploadId") ? "AbortMultipartUpload" : "DeleteObject";
    if (method == "POST") {
      parsed.operation = has("uploads")    ? "CreateMultipartUpload"
                         : has("uploadId") ? "CompleteMultipartUpload"
                                           : "DeleteObjects";
    }
    return parsed;
  }

  static std::string HeaderOf(const http::Request& request, std::string_view name) {
    const std::string* value = http::FindHeader(request.headers, name);
    return value == nullptr ? "" : *value;
  }

  static std::string BodyOf(const http::Request& request) {
    if (!request.file) return request.body;
    LocalStore disk;
    const auto data = ReadAll(disk, request.file->path);
    return data ? data->substr(request.file->offset_bytes, request.file->length_bytes) : "";
  }

  static http::Response Refuse(int status, const std::string& code) {
    return {status, {}, fmt::format("<Error><Code>{}</Code><Message>as told</Message></Error>", code)};
  }

  std::string Store(const std::string& key, Object object) {
    object.etag = "\"" + Hex(Sha256(object.data)).substr(0, 32) + "\"";
    if (versioning) object.version_id = fmt::format("version.{}", ++versions_);
    std::string etag = object.etag;
    auto& all = objects_[key];
    if (!versioning) all.clear();
    all.push_back(std::move(object));
    return etag;
  }

  /// A write's checksum, and its precondition.
  std::optional<http::Response> Unfit(const http::Request& request, const std::string& key, const std::string& body) {
    const std::string crc = HeaderOf(request, "x-amz-checksum-crc32");
    if (!crc.empty() && crc != Crc32Base64(body)) return Refuse(400, "BadDigest");
    if (HeaderOf(request, "If-None-Match") == "*" && objects_.contains(key)) return Refuse(412, "PreconditionFailed");
    return std::nullopt;
  }

  http::Response Do(const http::Request& request, const Parsed& parsed) {
    if (!HeaderOf(request, "authorization").contains("/" + region + "/s3/")) {
      http::Response refused = Refuse(400, "AuthorizationHeaderMalformed");
      refused.headers = {{"x-amz-bucket-region", region}};
      if (request.method == "HEAD") refused.body.clear();
      return refused;
    }
    const std::string& operation = parsed.operation;
    if (operation == "GetObject" || operation == "HeadObject") return Get(request, parsed);
    if (operation == "ListObjectsV2") return List(parsed);
    if (operation == "PutObject") {
      Object object{.data = BodyOf(request), .etag = {}, .version_id = {}, .write_id = {}};
      if (auto unfit = Unfit(request, parsed.key, object.data)) return *unfit;
      object.write_id = HeaderOf(request, "x-amz-meta-calve-write");
      return {200, {{"ETag", Store(parsed.key, std::move(object))}}, ""};
    }
    if (operation == "DeleteObject") {
      objects_.erase(parsed.key);
      return {204, {}, ""};
    }
    if (operation == "DeleteObjects") return DeleteMany(request);
    return Multipart(request, parsed);
  }

  http::Response Get(const http::Request& request, const Parsed& parsed) {
    const bool head = request.method == "HEAD";
    const auto refuse = [&](int status, const char* code) {
      http::Response refused = Refuse(status, code);
      if (head) refused.body.clear();
      return refused;
    };
    const auto it = objects_.find(parsed.key);
    const Object* object = it == objects_.end() ? nullptr : &it->second.back();
    if (const auto id = parsed.query.find("versionId"); id != parsed.query.end()) {
      object = nullptr;
      if (it != objects_.end()) {
        for (const Object& version : it->second) {
          if (version.version_id == id->second) object = &version;
        }
      }
      if (object == nullptr) return refuse(404, "NoSuchVersion");
    }
    if (object == nullptr) return refuse(404, "NoSuchKey");
    const std::string if_match = HeaderOf(request, "If-Match");
    if (!if_match.empty() && if_match != object->etag) return refuse(412, "PreconditionFailed");
    http::Response response{
        200, {{"ETag", object->etag}, {"Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"}}, object->data};
    if (!object->version_id.empty()) response.headers.push_back({"x-amz-version-id", object->version_id});
    if (!object->write_id.empty()) response.headers.push_back({"x-amz-meta-calve-write", object->write_id});
    if (const std::string range = HeaderOf(request, "Range"); !range.empty()) {
      const size_t dash = range.find('-');
      const size_t size = object->data.size();
      const size_t first = WholeNumber<uint64_t>(range.substr(6, dash - 6)).value();
      const size_t last = std::min<size_t>(WholeNumber<uint64_t>(range.substr(dash + 1)).value(), size - 1);
      if (first >= size) return Refuse(416, "InvalidRange");
      response.status = 206;
      response.body = object->data.substr(first, last - first + 1);
      response.headers.push_back({"Content-Range", fmt::format("bytes {}-{}/{}", first, last, size)});
    }
    response.headers.push_back({"Content-Length", fmt::format("{}", response.body.size())});
    if (head) response.body.clear();
    return response;
  }

  http::Response List(const Parsed& parsed) {
    const auto value = [&](const char* name) {
      const auto it = parsed.query.find(name);
      return it == parsed.query.end() ? std::string() : it->second;
    };
    const std::string prefix = value("prefix");
    const std::string from = value("continuation-token");
    const std::string delimiter = value("delimiter");
    const size_t limit = std::min<size_t>(page_keys, WholeNumber<uint64_t>(value("max-keys")).value());
    std::string xml = "<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"x\"><EncodingType>url</EncodingType>";
    std::string last_prefix;
    size_t listed = 0;
    for (auto it = objects_.lower_bound(std::max(prefix, from)); it != objects_.end(); ++it) {
      const std::string& key = it->first;
      if (!key.starts_with(prefix)) break;
      const size_t cut = delimiter.empty() ? std::string::npos : key.find(delimiter, prefix.size());
      const std::string common = cut == std::string::npos ? "" : key.substr(0, cut + 1);
      if (!common.empty() && common == last_prefix) continue;
      if (listed++ == limit) {
        return {200,
                {},
                xml + fmt::format("<IsTruncated>true</IsTruncated><NextContinuationToken>{}"
                                  "</NextContinuationToken></ListBucketResult>",
                                  key)};
      }
      last_prefix = common;
      if (!common.empty()) {
        xml += fmt::format("<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", Encode(common));
      } else {
        xml += fmt::format(
            "<Contents><Key>{}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>{}</Size></Contents>",
            Encode(key), it->second.back().data.size());
      }
    }
    return {200, {}, xml + "<IsTruncated>false</IsTruncated></ListBucketResult>"};
  }

  http::Response DeleteMany(const http::Request& request) {
    if (HeaderOf(request, "Content-MD5") != Md5Base64(request.body)) return Refuse(400, "InvalidDigest");
    std::string xml = "<DeleteResult>";
    size_t count = 0;
    for (size_t at = 0; (at = request.body.find("<Key>", at)) != std::string::npos; ++count) {
      at += 5;
      std::string key = request.body.substr(at, request.body.find("</Key>", at) - at);
      for (const auto& [entity, plain] : {std::pair("&lt;", "<"), {"&gt;", ">"}, {"&quot;", "\""}, {"&amp;", "&"}}) {
        for (size_t i = 0; (i = key.find(entity, i)) != std::string::npos; ++i) {
          key.replace(i, std::string_view(entity).size(), plain);
        }
      }
      auto& faults = faults_["delete:" + key];
      if (faults.empty()) {
        objects_.erase(key);
        continue;
      }
      xml += fmt::format("<Error><Key>{}</Key><Code>{}</Code><Message>as told</Message></Error>", key,
                         faults.front().code);
      faults.pop_front();
    }
    if (count > 1000) return Refuse(400, "MalformedXML");
    return {200, {}, xml + "</DeleteResult>"};
  }

  http::Response Multipart(const http::Request& request, const Parsed& parsed) {
    if (parsed.operation == "CreateMultipartUpload") {
      const std::string id = fmt::format("upload {}+", ++versions_);
      uploads_[id] = {.key = parsed.key, .write_id = HeaderOf(request, "x-amz-meta-calve-write"), .parts = {}};
      return {200,
              {},
              fmt::format("<InitiateMultipartUploadResult><UploadId>{}</UploadId>"
                          "</InitiateMultipartUploadResult>",
                          id)};
    }
    const auto it = uploads_.find(parsed.query.at("uploadId"));
    if (it == uploads_.end() || it->second.key != parsed.key) return Refuse(404, "NoSuchUpload");
    Upload& upload = it->second;
    if (parsed.operation == "AbortMultipartUpload") {
      uploads_.erase(it);
      return {204, {}, ""};
    }
    if (parsed.operation == "UploadPart") {
      Object part{.data = BodyOf(request), .etag = {}, .version_id = {}, .write_id = {}};
      if (auto unfit = Unfit(request, "", part.data)) return *unfit;
      part.etag = "\"" + Hex(Sha256(part.data)).substr(0, 32) + "\"";
      const std::string etag = part.etag;
      upload.parts[static_cast<int>(WholeNumber<uint64_t>(parsed.query.at("partNumber")).value())] = std::move(part);
      return {200, {{"ETag", etag}}, ""};
    }
    Object whole{.data = {}, .etag = {}, .version_id = {}, .write_id = upload.write_id};
    std::string expected = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    for (const auto& [number, part] : upload.parts) {
      if (number != upload.parts.rbegin()->first && part.data.size() < min_part_bytes) {
        return Refuse(400, "EntityTooSmall");
      }
      expected += fmt::format(
          "<Part><PartNumber>{}</PartNumber><ETag>&quot;{}&quot;</ETag><ChecksumCRC32>{}</ChecksumCRC32></Part>",
          number, part.etag.substr(1, part.etag.size() - 2), Crc32Base64(part.data));
      whole.data += part.data;
    }
    if (request.body != expected + "</CompleteMultipartUpload>") return Refuse(400, "InvalidPart");
    if (auto unfit = Unfit(request, parsed.key, "")) return *unfit;
    Store(parsed.key, std::move(whole));
    uploads_.erase(it);
    return {200, {}, "  \n<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>"};
  }

  std::mutex mutex_;
  std::map<std::string, std::vector<Object>> objects_;  ///< The versions of a key, the current one last.
  std::map<std::string, Upload> uploads_;
  std::map<std::string, std::deque<S3Fault>> faults_;
  std::vector<std::string> operations_;
  std::vector<http::Request> requests_;
  int versions_ = 0;
};

}  // namespace calve::store
