// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

/// Downloads from servers that behave well and badly.
@Suite(.serialized, .timeLimit(.minutes(1))) struct DownloadTests {
    private let folder = TemporaryFolder()
    private var cache: HubCache { HubCache(folder: folder.url) }
    private let options = DownloadOptions(timeout: 2, attempts: 3)

    fileprivate static let body = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
    private static let name: String = {
        var hash = SHA256()
        hash.add(body)
        return "net-\(hash.digest().prefix(8)).pth"
    }()

    private typealias Answer = LoopbackServer.Answer

    private static func whole(_ request: LoopbackServer.Request, ranges: Bool = true) -> LoopbackServer.Answer
    {
        guard ranges, let start = request.start else {
            return Answer(headers: ["Content-Length: \(body.count)"], body: body)
        }
        return part(from: start)
    }

    private static func part(from start: Int) -> LoopbackServer.Answer {
        Answer(
            status: "206 Partial Content",
            headers: [
                "Content-Length: \(body.count - start)",
                "Content-Range: bytes \(start)-\(body.count - 1)/\(body.count)",
            ], body: Array(body[start...]))
    }

    private func fetch(
        _ name: String = name, partial: [UInt8]? = nil,
        from handler: @escaping @Sendable (LoopbackServer.Request, Int) -> LoopbackServer.Answer
    ) async throws -> [LoopbackServer.Request] {
        if let partial { try Data(partial).write(to: folder.url.appending(path: "\(name).partial")) }
        let server = LoopbackServer(handler)
        defer { server.stop() }
        let file = try await cache.file(for: server.url(name), options: options)
        #expect(try Data(contentsOf: file) == Data(Self.body))
        #expect(folder.names == [name])
        return server.requests
    }

    @Test func digestsAreThoseOfTheStandard() {
        for (text, digest) in [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                String(repeating: "a", count: 1_000),
                "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"
            ),
        ] {
            var hash = SHA256()
            for byte in text.utf8 { hash.add([byte]) }
            #expect(hash.digest() == digest)
        }
    }

    @Test func aWholeFileArrivesAndIsReported() async throws {
        let seen = Lock<[Int]>([])
        let server = LoopbackServer { request, _ in Self.whole(request) }
        defer { server.stop() }
        let options = DownloadOptions { received, total in
            #expect(total == Self.body.count)
            seen.withLock { $0.append(received) }
        }
        let file = try await cache.file(for: server.url(Self.name), options: options)
        #expect(try Data(contentsOf: file) == Data(Self.body))
        #expect(seen.withLock { $0.last == Self.body.count && $0 == $0.sorted() })
        // Now it is there, and the server is not asked again.
        _ = try await cache.file(for: server.url(Self.name), options: options)
        #expect(server.requests.count == 1)
    }

    @Test func aServerThatCutsOffIsAskedForTheRest() async throws {
        let requests = try await fetch { request, number in
            var answer = Self.whole(request)
            if number < 3 { answer.body = Array(answer.body.prefix(50_000)) }
            return answer
        }
        #expect(requests.map(\.start) == [nil, 50_000, 100_000])
    }

    @Test func aServerThatStallsIsLeftAndAskedForTheRest() async throws {
        let requests = try await fetch { request, number in
            var answer = Self.whole(request)
            if number == 1 { (answer.body, answer.stall) = (Array(answer.body.prefix(70_000)), 4) }
            return answer
        }
        #expect(requests.last?.start == 70_000)
    }

    @Test func aServerWithoutRangesBeginsAnew() async throws {
        let requests = try await fetch(partial: Array(Self.body.prefix(1000))) { request, _ in
            Self.whole(request, ranges: false)
        }
        #expect(requests.map(\.start) == [1000])
    }

    @Test func whatAnEarlierProcessLeftIsGoneOnWith() async throws {
        let requests = try await fetch(partial: Array(Self.body.prefix(150_000))) { request, _ in
            Self.whole(request)
        }
        #expect(requests.map(\.start) == [150_000])
    }

    @Test func anotherFilesBeginningIsThrownAway() async throws {
        let requests = try await fetch(partial: [UInt8](repeating: 7, count: 1000)) { request, _ in
            Self.whole(request)
        }
        #expect(requests.map(\.start) == [1000, nil])
    }

    @Test func moreThanTheServerHasIsThrownAway() async throws {
        let requests = try await fetch(partial: [UInt8](repeating: 7, count: 300_000)) { request, _ in
            request.start == nil ? Self.whole(request) : Answer(status: "416 Range Not Satisfiable")
        }
        #expect(requests.map(\.start) == [300_000, nil])
    }

    @Test func anotherPartThanAskedForIsThrownAway() async throws {
        let requests = try await fetch(partial: Array(Self.body.prefix(1000))) { request, _ in
            request.start == nil ? Self.whole(request) : Self.part(from: 500)
        }
        #expect(requests.map(\.start) == [1000, nil])
    }

    @Test func redirectionsAreFollowed() async throws {
        let requests = try await fetch { request, _ in
            request.target.hasPrefix("/moved")
                ? Self.whole(request)
                : Answer(
                    status: "302 Found", headers: ["Location: /moved/\(Self.name)", "Content-Length: 0"])
        }
        #expect(requests.map(\.target) == ["/\(Self.name)", "/moved/\(Self.name)"])
    }

    @Test func aServerThatIsBusyIsAskedAgain() async throws {
        let requests = try await fetch { request, number in
            number == 1
                ? Answer(status: "503 Service Unavailable", headers: ["Content-Length: 0"])
                : Self.whole(request)
        }
        #expect(requests.count == 2)
    }

    private func failure(
        _ handler: @escaping @Sendable (LoopbackServer.Request, Int) -> LoopbackServer.Answer
    ) async throws -> (error: DownloadError, requests: Int) {
        let server = LoopbackServer(handler)
        defer { server.stop() }
        let error = await #expect(throws: DownloadError.self) {
            try await cache.file(for: server.url(Self.name), options: options)
        }
        #expect(!folder.names.contains(Self.name))
        return (try #require(error), server.requests.count)
    }

    @Test func aFileThatIsNotThereIsAnErrorAtOnce() async throws {
        let (error, count) = try await failure { _, _ in
            Answer(status: "404 Not Found", headers: ["Content-Length: 4"], body: Array("gone".utf8))
        }
        #expect("\(error)".contains("status 404"))
        #expect(count == 1 && folder.names == [])
    }

    @Test func aWrongFileIsAnErrorAndRemoved() async throws {
        let (error, _) = try await failure { _, _ in
            Answer(headers: ["Content-Length: 5"], body: Array("wrong".utf8))
        }
        #expect("\(error)".contains("is not what it should be"))
        #expect(folder.names == [])
    }

    /// A length that is too short gives a file that is cut off, which its digest betrays.
    @Test func aServerThatLiesAboutTheLengthIsFoundOut() async throws {
        let (error, _) = try await failure { _, _ in
            Answer(headers: ["Content-Length: 100"], body: Self.body)
        }
        #expect("\(error)".contains("is not what it should be"))
    }

    @Test func aServerThatNeverSendsAllIsAnErrorThatKeepsWhatCame() async throws {
        let (error, _) = try await failure { request, _ in
            var answer = Self.whole(request)
            answer.body = request.start == nil ? Array(answer.body.prefix(1000)) : []
            return answer
        }
        guard case .interrupted(_, _, 1000) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(folder.names == ["\(Self.name).partial"])
    }

    @Test func aServerThatIsNotThereLeavesNothing() async throws {
        let server = LoopbackServer { request, _ in Self.whole(request) }
        let address = server.url(Self.name)
        server.stop()
        let error = await #expect(throws: DownloadError.self) {
            try await cache.file(for: address, options: DownloadOptions(attempts: 1))
        }
        #expect(!"\(try #require(error))".contains("goes on from there"))
        #expect(folder.names == [])
    }

    @Test func severalAtOnceFetchItOnce() async throws {
        let server = LoopbackServer { request, _ in
            usleep(300_000)
            return Self.whole(request)
        }
        defer { server.stop() }
        try await withThrowingTaskGroup(of: URL.self) { group in
            for _ in 0..<4 {
                group.addTask { try await cache.file(for: server.url(Self.name), options: options) }
            }
            for try await file in group { #expect(try Data(contentsOf: file) == Data(Self.body)) }
        }
        #expect(server.requests.count == 1)
        #expect(folder.names == [Self.name])
    }

    @Test func severalProcessesAtOnceFetchItOnce() async throws {
        let server = LoopbackServer { request, _ in
            usleep(500_000)
            return Self.whole(request)
        }
        defer { server.stop() }
        let (address, place) = (server.url(Self.name).absoluteString, folder.url.path)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    await #expect(processExitsWith: .success) {
                        [address = address as String, place = place as String] in
                        let cache = HubCache(folder: URL(filePath: place))
                        let file = try await cache.file(for: URL(string: address)!)
                        guard try Data(contentsOf: file) == Data(DownloadTests.body) else { exit(1) }
                    }
                }
            }
        }
        #expect(server.requests.count == 1)
        #expect(folder.names == [Self.name])
    }

    @Test func aProxyOfTheEnvironmentIsAsked() async throws {
        let server = LoopbackServer { request, _ in Self.whole(request) }
        defer { server.stop() }
        setenv("http_proxy", "http://127.0.0.1:\(server.port)", 1)
        defer { unsetenv("http_proxy") }
        let address = URL(string: "http://weights.invalid/\(Self.name)")!
        let file = try await cache.file(for: address, options: options)
        #expect(try Data(contentsOf: file) == Data(Self.body))
        #expect(server.requests.map(\.target) == [address.absoluteString])
    }

    @Test(arguments: [
        (["HOME": "/home/me"], "/home/me/.cache/torch/hub/checkpoints"),
        (["HOME": "/home/me", "XDG_CACHE_HOME": "/caches"], "/caches/torch/hub/checkpoints"),
        (
            ["HOME": "/home/me", "XDG_CACHE_HOME": "/caches", "TORCH_HOME": "/torch"],
            "/torch/hub/checkpoints"
        ),
        (["HOME": "/home/me", "TORCH_HOME": ""], "/home/me/.cache/torch/hub/checkpoints"),
    ])
    func weightsAreWhereTorchHubKeepsThem(environment: [String: String], path: String) {
        #expect(HubCache(environment: environment).folder.path == path)
    }

    @Test func everyPlainColumnHasTorchvisionsAddress() {
        let addresses = VGG.Column.allCases.flatMap { column in
            [false, true].map {
                VGG.Pretrained.imageNet.address(column, batchNormalization: $0)?.lastPathComponent
            }
        }
        #expect(
            addresses == [
                "vgg11-8a719046.pth", "vgg11_bn-6002323d.pth", nil, nil, "vgg13-19584684.pth",
                "vgg13_bn-abd245e5.pth", nil, nil, "vgg16-397923af.pth", "vgg16_bn-6c64b313.pth",
                "vgg19-dcbb9e9d.pth", "vgg19_bn-c79401a0.pth",
            ])
    }
}
