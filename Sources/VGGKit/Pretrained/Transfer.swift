// SPDX-License-Identifier: Apache-2.0

import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// One connection to a server: requests the missing part of a file and appends the received bytes.
/// Redirections are followed; proxies are those of the environment (`http_proxy`, `https_proxy`, `no_proxy`)
/// or the system.
///
/// Sendable because the session calls its delegate from one queue, and nothing else changes the state.
final class Transfer: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    enum Outcome {
        case complete
        case refused(status: Int)
        case interrupted(reason: String)
    }

    private let address: URL
    private let file: PartialFile
    private let options: DownloadOptions
    private var continuation: CheckedContinuation<Result<Outcome, any Error>, Never>?
    private var isAccepted = false
    private var refusal: Int?
    private var failure: (any Error)?
    private var problem: String?
    /// The size of the whole file, if the server reports it.
    private var total: Int?
    private let task = Lock<URLSessionDataTask?>(nil)

    init(_ address: URL, into file: PartialFile, _ options: DownloadOptions) {
        self.address = address
        self.file = file
        self.options = options
    }

    func run() async throws -> Outcome {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = options.timeout
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        let queue = OperationQueue()
        queue.maxConcurrentOperationCount = 1
        let session = URLSession(configuration: configuration, delegate: self, delegateQueue: queue)
        defer { session.finishTasksAndInvalidate() }
        var request = URLRequest(url: address, timeoutInterval: options.timeout)
        // Compressed contents would have other lengths.
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        if file.count > 0 { request.setValue("bytes=\(file.count)-", forHTTPHeaderField: "Range") }
        let task = session.dataTask(with: request)
        self.task.withLock { $0 = task }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                self.continuation = continuation
                task.resume()
            }
        } onCancel: {
            self.task.withLock { $0?.cancel() }
        }
        try Task.checkCancellation()
        return try result.get()
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        do {
            isAccepted = try accepts(response)
            completionHandler(isAccepted ? .allow : .cancel)
        } catch {
            failure = error
            completionHandler(.cancel)
        }
    }

    /// Whether the bytes that follow belong at the end of the file.
    private func accepts(_ response: URLResponse) throws -> Bool {
        guard let response = response as? HTTPURLResponse else {
            problem = "the answer is not HTTP"
            return false
        }
        let length = response.expectedContentLength
        switch response.statusCode {
        case 200:
            // A server that does not support ranges sends the whole file.
            if file.count > 0 { try file.truncate(to: 0) }
            total = length >= 0 ? Int(length) : nil
        case 206:
            guard let range = ContentRange(response.value(forHTTPHeaderField: "Content-Range")),
                range.start == file.count
            else {
                try file.truncate(to: 0)
                problem = "the server sent another part than was asked for"
                return false
            }
            total = range.total
        case 416 where file.count > 0:
            try file.truncate(to: 0)
            problem = "the server has less than is here already"
            return false
        default:
            refusal = response.statusCode
            return false
        }
        options.progress(file.count, total)
        return true
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        // Data may still arrive after the response was refused.
        guard isAccepted, failure == nil else { return }
        do {
            try file.append(data)
            options.progress(file.count, total)
        } catch {
            failure = error
            dataTask.cancel()
        }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let result: Result<Outcome, any Error>
        if let failure {
            result = .failure(failure)
        } else if let refusal {
            result = .success(.refused(status: refusal))
        } else if let problem {
            result = .success(.interrupted(reason: problem))
        } else if let error {
            result = .success(.interrupted(reason: error.localizedDescription))
        } else if let total, file.count < total {
            result = .success(.interrupted(reason: "the server sent \(file.count) of \(total) bytes"))
        } else {
            result = .success(.complete)
        }
        continuation?.resume(returning: result)
        continuation = nil
    }
}

/// `bytes 100-199/200`
struct ContentRange {
    let start: Int
    let total: Int?

    init?(_ header: String?) {
        guard let header, header.hasPrefix("bytes ") else { return nil }
        let parts = header.dropFirst(6).split(separator: "/")
        guard parts.count == 2, let first = parts[0].split(separator: "-").first, let start = Int(first)
        else {
            return nil
        }
        self.start = start
        total = Int(parts[1])
    }
}
