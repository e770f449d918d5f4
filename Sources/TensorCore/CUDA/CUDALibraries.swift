// SPDX-License-Identifier: Apache-2.0

import CCUDA
import Foundation

/// cuBLAS and cuDNN, for one GPU, where they are installed. Without them our own kernels compute the same.
///
/// Sendable because the handles are used by whoever has the lock.
final class CUDALibraries: @unchecked Sendable {
    /// A library's functions, and its handle for a stream.
    struct Library<Calls> {
        let calls: Calls
        let handle: UnsafeMutableRawPointer
        /// As `12.9`.
        let version: String
    }

    let blas: Library<cc_blas>?
    let dnn: Library<cc_dnn>?
    private let lock = Lock(())

    /// The libraries of a stream, whose context is current.
    /// - Parameter driverMajor: the major version of CUDA that the driver runs; newer libraries do not work
    init(stream: cc_handle, driverMajor: Int) {
        let stream = UnsafeMutableRawPointer(bitPattern: UInt(stream))
        let majors = [13, 12].filter { $0 <= driverMajor }
        // cuDNN opens cuBLAS by itself, and finds it if it is there already.
        _ = Self.first("libcublasLt.so", majors) { $0 }
        blas = Self.first("libcublas.so", majors) { Self.makeBLAS($0, stream) }
        dnn = Self.first("libcudnn.so", [9]) { Self.makeDNN($0, stream) }
    }

    /// One call at a time.
    func withLock<R>(_ body: () -> R) -> R { lock.withLock { _ in body() } }

    private static func makeBLAS(_ library: UnsafeMutableRawPointer, _ stream: UnsafeMutableRawPointer?)
        -> Library<cc_blas>?
    {
        var calls = cc_blas()
        var handle: UnsafeMutableRawPointer?
        var version = Int32(0)
        guard cc_find_blas(library, &calls), calls.create(&handle) == 0, let handle,
            calls.set_stream(handle, stream) == 0,
            calls.version(handle, &version) == 0
        else { return nil }
        return Library(
            calls: calls, handle: handle, version: "\(version / 10000).\(version % 10000 / 100)")
    }

    private static func makeDNN(_ library: UnsafeMutableRawPointer, _ stream: UnsafeMutableRawPointer?)
        -> Library<cc_dnn>?
    {
        var calls = cc_dnn()
        var handle: UnsafeMutableRawPointer?
        guard cc_find_dnn(library, &calls), calls.create(&handle) == 0, let handle,
            calls.set_stream(handle, stream) == 0
        else { return nil }
        let version = calls.version()
        return Library(
            calls: calls, handle: handle, version: "\(version / 10000).\(version % 10000 / 100)")
    }

    /// The first library of this name that can be used: by folder, then by version, the newest first.
    private static func first<R>(
        _ name: String, _ majors: [Int], _ use: (UnsafeMutableRawPointer) -> R?
    ) -> R? {
        guard ProcessInfo.processInfo.environment["VGGKIT_CUDA_LIBS"] != "none" else { return nil }
        let files = majors.map { "\(name).\($0)" }
        let paths = folders.flatMap { folder in files.map { "\(folder)/\($0)" } } + files
        for path in paths where !path.contains("/") || FileManager.default.fileExists(atPath: path) {
            var message = [CChar](repeating: 0, count: 512)
            if let library = cc_open_library(path, &message, message.count), let used = use(library) {
                return used
            }
        }
        return nil
    }

    /// Where the libraries may be: where `VGGKIT_CUDA_LIBS` says, in CUDA's own folder, and where pip puts
    /// them, in the active environment or the system's.
    private static let folders: [String] = {
        let environment = ProcessInfo.processInfo.environment
        var folders = (environment["VGGKIT_CUDA_LIBS"] ?? "").split(separator: ":").map(String.init)
        folders.append("/usr/local/cuda/lib64")
        let roots =
            ["VIRTUAL_ENV", "CONDA_PREFIX"].compactMap { environment[$0] } + ["/usr/local", "/usr"]
        for root in roots {
            let lib = "\(root)/lib"
            let pythons = (try? FileManager.default.contentsOfDirectory(atPath: lib)) ?? []
            for python in pythons.sorted(by: >) where python.hasPrefix("python3") {
                for packages in ["site-packages", "dist-packages"] {
                    let nvidia = "\(lib)/\(python)/\(packages)/nvidia"
                    let parts = (try? FileManager.default.contentsOfDirectory(atPath: nvidia)) ?? []
                    folders += parts.sorted(by: >).map { "\(nvidia)/\($0)/lib" }
                }
            }
        }
        return folders
    }()
}

extension CUDAContext {
    /// `cuBLAS 12.9, cuDNN 9.5`, or what would make work faster.
    package var librariesFound: String {
        let major = driverMajor >= 13 ? 13 : 12
        let found = [
            libraries.blas.map { "cuBLAS \($0.version)" }, libraries.dnn.map { "cuDNN \($0.version)" },
        ].compactMap { $0 }
        let missing = [
            libraries.blas == nil ? "nvidia-cublas\(major == 12 ? "-cu12" : "")" : nil,
            libraries.dnn == nil ? "nvidia-cudnn-cu\(major)" : nil,
        ].compactMap { $0 }
        guard !missing.isEmpty else { return found.joined(separator: ", ") }
        return (found.isEmpty ? "our own kernels only" : found.joined(separator: ", "))
            + "; faster with pip install \(missing.joined(separator: " "))"
    }
}
