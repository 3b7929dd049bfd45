// Signs the requests that stand on stdin, one JSON object a line, and prints what would be sent: for check_sigv4.py.
// With "url" it is the signer alone; with "endpoint", "path" and "query" (decoded) the client builds the URL, too.
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <string>

#include "aws/client.h"
#include "aws/sigv4.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/rng.h"
#include "http/transport.h"

namespace {

using calve::Json;

/// Says yes to everything and keeps what it was asked.
class Recorder final : public calve::http::Transport {
 public:
  std::expected<calve::http::Response, calve::http::SendError> Send(const calve::http::Request& request,
                                                                    const calve::http::BodySink&) override {
    sent = request;
    return calve::http::Response{.status = 200};
  }
  calve::http::Request sent;
};

/// One moment.
class Moment final : public calve::Clock {
 public:
  explicit Moment(int64_t seconds) : now_(std::chrono::seconds(seconds)) {}
  calve::TimestampMicros Now() override { return now_; }
  std::chrono::steady_clock::time_point Monotonic() override { return {}; }
  void SleepFor(std::chrono::milliseconds) override {}

 private:
  const calve::TimestampMicros now_;
};

calve::http::Headers HeadersOf(const Json& pairs) {
  calve::http::Headers headers;
  for (const Json& pair : pairs) headers.push_back({pair[0].get<std::string>(), pair[1].get<std::string>()});
  return headers;
}

calve::http::Request Sign(const Json& in) {
  const auto text = [&](const char* key) { return in.at(key).get<std::string>(); };
  const calve::aws::Credentials credentials{
      .access_key_id = text("key"), .secret_access_key = text("secret"), .session_token = text("token")};
  Moment clock(in.at("now").get<int64_t>());
  calve::http::Request request{.method = text("method"), .headers = HeadersOf(in.at("headers"))};
  if (in.contains("file")) {
    request.file =
        calve::http::FileBody{text("file"), in.at("offset").get<uint64_t>(), in.at("length").get<uint64_t>()};
  } else {
    request.body = text("body");
  }
  const bool is_signed = in.at("signed").get<bool>();
  if (in.contains("url")) {
    request.url = text("url");
    const std::string hash =
        is_signed ? calve::aws::PayloadHash(request).value() : std::string(calve::aws::kUnsignedPayload);
    calve::aws::SignV4(request, credentials, {text("service"), text("region"), clock.Now()}, hash);
    return request;
  }
  Recorder recorder;
  const auto provider = calve::aws::MakeStaticCredentials(credentials);
  calve::SeededRng rng(1);
  calve::aws::Client client(recorder, *provider, clock, rng, calve::BackoffPolicy{});
  calve::aws::Call call{.method = request.method,
                        .path = text("path"),
                        .headers = request.headers,
                        .body = request.body,
                        .file = request.file,
                        .payload = is_signed ? calve::aws::Payload::kSigned : calve::aws::Payload::kUnsigned};
  for (const Json& pair : in.at("query"))
    call.query.emplace_back(pair[0].get<std::string>(), pair[1].get<std::string>());
  const auto answer = client.Send({text("endpoint"), text("service"), text("region")}, "Test", call);
  if (!answer.has_value()) throw std::runtime_error(answer.error().error.message);
  return recorder.sent;
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    try {
      const calve::http::Request request = Sign(Json::parse(line));
      Json headers = Json::array();
      for (const auto& header : request.headers) headers.push_back({header.name, header.value});
      std::cout << Json{{"url", request.url}, {"headers", headers}}.dump() << '\n';
    } catch (const std::exception& error) {
      std::cerr << error.what() << ": " << line << '\n';
      return 1;
    }
  }
  return 0;
}
