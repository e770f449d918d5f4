// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore

/// An HTTP server on this machine that does to each request what a test wants, one connection after the
/// other.
///
/// Sendable because the thread that serves has only the handler and the listening socket.
final class LoopbackServer: @unchecked Sendable {
    struct Request: Sendable {
        var target: String
        /// The first byte that a `Range` header asks for.
        var start: Int?
    }

    /// What happens after a request: bytes, in pieces, then silence or the end.
    struct Answer: Sendable {
        var status = "200 OK"
        var headers: [String] = []
        var body: [UInt8] = []
        /// Seconds without a byte before the connection is closed.
        var stall: UInt32 = 0
    }

    let port: UInt16
    private let listener: Int32
    private let log = Lock<[Request]>([])

    var requests: [Request] { log.withLock { $0 } }

    init(_ handler: @escaping @Sendable (_ request: Request, _ number: Int) -> Answer) {
        #if canImport(Glibc)
            listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            listener = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = listener
        port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(bind(socket, $0, length) == 0 && listen(socket, 16) == 0)
                getsockname(socket, $0, &length)
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else {
                    // Here and not in `stop`: the number may be another socket's as soon as it is closed.
                    close(listener)
                    return
                }
                serve(connection, handler)
                close(connection)
            }
        }
    }

    /// Ends the thread, which closes the socket.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    func url(_ name: String) -> URL { URL(string: "http://127.0.0.1:\(port)/\(name)")! }

    private func serve(_ connection: Int32, _ handler: (Request, Int) -> Answer) {
        var head: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !String(decoding: head, as: UTF8.self).contains("\r\n\r\n") {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            head += buffer.prefix(count)
        }
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let range = lines.first { $0.lowercased().hasPrefix("range: bytes=") }
        let request = Request(
            target: String(lines[0].split(separator: " ")[1]),
            start: range.flatMap { Int($0.dropFirst(13).split(separator: "-")[0]) })
        let number = log.withLock { log in
            log.append(request)
            return log.count
        }
        let answer = handler(request, number)
        let text = (["HTTP/1.1 \(answer.status)", "Connection: close"] + answer.headers).joined(
            separator: "\r\n")
        var rest = (Array("\(text)\r\n\r\n".utf8) + answer.body)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
        if answer.stall > 0 { sleep(answer.stall) }
    }
}
