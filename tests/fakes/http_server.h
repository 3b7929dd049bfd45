// A small HTTP/1.1 server on 127.0.0.1 that misbehaves when a test asks for it: the other end of a real transport.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "http/transport.h"

namespace calve::http {

/// One request as it came in.
struct Received {
  std::string method;
  std::string target;  ///< As on the wire: path and query.
  Headers headers{};
  std::string body{};
  int connection = 0;  ///< 0 for the first connection that was accepted.
  int nth = 0;         ///< 0 for the first request on its connection.
};

/// What the server does about it.
struct Deed {
  enum class Fault {
    kNone,
    kCloseUnanswered,  ///< The request was read; the connection closes without a byte.
    kCloseMidBody,     ///< Half of the body, then the connection closes.
    kSilence,          ///< Nothing more, until the client goes.
    kSilenceMidBody,   ///< Half of the body, then nothing more.
  };
  int status = 200;
  std::string body{};
  Headers headers{};
  Fault fault = Fault::kNone;
};

/// Serves each connection on a thread of its own, until it is destroyed. The handler is called on those threads, under
/// a lock.
class HttpServer {
 public:
  using Handler = std::function<Deed(const Received&)>;

  explicit HttpServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, generic, size) == 0 && listen(listener_, 64) == 0) getsockname(listener_, generic, &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }

  ~HttpServer() {
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int connection : connections_) shutdown(connection, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
    for (const int connection : connections_) close(connection);
    close(listener_);
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  uint16_t port() const { return port_; }

  std::vector<Received> received() const {
    const std::lock_guard lock(mutex_);
    return received_;
  }

 private:
  void Accept() {
    for (int number = 0; !stopping_; ++number) {
      const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      {
        const std::lock_guard lock(mutex_);
        connections_.push_back(connection);
      }
      threads_.emplace_back([this, connection, number] {
        Serve(connection, number);
        shutdown(connection, SHUT_RDWR);  // Closed only at the end, so that its number is not given out again.
      });
    }
  }

  void Serve(int connection, int number) {
    std::string buffer;
    for (int nth = 0; !stopping_; ++nth) {
      Received request{.method = "", .target = "", .connection = number, .nth = nth};
      if (!Read(connection, buffer, request)) return;
      Deed deed;
      {
        const std::lock_guard lock(mutex_);
        received_.push_back(request);
        deed = handler_(request);
      }
      if (!Do(connection, request, deed)) return;
    }
  }

  static bool More(int connection, std::string& buffer) {
    char piece[16384];
    const ssize_t got = recv(connection, piece, sizeof(piece), 0);
    if (got <= 0) return false;
    buffer.append(piece, static_cast<size_t>(got));
    return true;
  }

  static bool Read(int connection, std::string& buffer, Received& request) {
    size_t head = 0;
    while ((head = buffer.find("\r\n\r\n")) == std::string::npos) {
      if (!More(connection, buffer)) return false;
    }
    size_t at = buffer.find("\r\n");
    const std::string_view line = std::string_view(buffer).substr(0, at);
    const size_t space = line.find(' ');
    request.method = line.substr(0, space);
    request.target = line.substr(space + 1, line.rfind(' ') - space - 1);
    while (at < head) {
      const size_t end = buffer.find("\r\n", at + 2);
      const std::string_view field = std::string_view(buffer).substr(at + 2, end - at - 2);
      const size_t colon = field.find(':');
      std::string_view value = field.substr(colon + 1);
      if (value.starts_with(' ')) value.remove_prefix(1);
      request.headers.push_back({std::string(field.substr(0, colon)), std::string(value)});
      at = end;
    }
    buffer.erase(0, head + 4);
    const std::string* length = FindHeader(request.headers, "content-length");
    const size_t size = length != nullptr ? std::stoul(*length) : 0;
    while (buffer.size() < size) {
      if (!More(connection, buffer)) return false;
    }
    request.body = buffer.substr(0, size);
    buffer.erase(0, size);
    return true;
  }

  static bool Write(int connection, std::string_view text) {
    while (!text.empty()) {
      const ssize_t put = send(connection, text.data(), text.size(), MSG_NOSIGNAL);
      if (put <= 0) return false;
      text.remove_prefix(static_cast<size_t>(put));
    }
    return true;
  }

  /// False: nothing more on this connection.
  static bool Do(int connection, const Received& request, const Deed& deed) {
    using enum Deed::Fault;
    if (deed.fault == kCloseUnanswered) return false;
    if (deed.fault != kSilence) {
      std::string text = "HTTP/1.1 " + std::to_string(deed.status) + " Whatever\r\n";
      for (const Header& header : deed.headers) text += header.name + ": " + header.value + "\r\n";
      text += "Content-Length: " + std::to_string(deed.body.size()) + "\r\n\r\n";
      const bool half = deed.fault == kCloseMidBody || deed.fault == kSilenceMidBody;
      if (request.method != "HEAD") text += deed.body.substr(0, half ? deed.body.size() / 2 : deed.body.size());
      if (!Write(connection, text)) return false;
    }
    if (deed.fault == kNone) return true;
    if (deed.fault == kCloseMidBody) return false;
    std::string ignored;
    while (More(connection, ignored)) ignored.clear();
    return false;
  }

  const Handler handler_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<Received> received_;
  std::vector<int> connections_;
  std::vector<std::thread> threads_;  // Of the acceptor alone, until it has ended.
  std::thread acceptor_;
};

}  // namespace calve::http
