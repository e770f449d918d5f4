// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Operations and layers touch no memory themselves, but call the entries of `Kernels/` by name; and each of
/// these asks whether a GPU is to do it. (Checkpoints reads and writes memory, too.)
@Suite struct KernelSeamTests {
    /// Pointers, tables of C functions, and the loops that kernels are made of. (By Unicode's word boundaries
    /// `a.b` is one word.)
    private static var inside: Regex<(Substring, Substring?, Substring?)> {
        /\b(CKernels|COpenBLAS|ck_\w+|Unsafe\w+|withUnsafe\w+|assumingMemoryBound|mutablePointer|StridedLoop)\b|\.pointer\b|\.pointer\(to|storage\.bytes|Kernels\.(loops|map|zipMap|flat|gemm|parallelGemm|accumulate)\b/
            .wordBoundaryKind(.simple)
    }

    @Test(arguments: [
        "TensorCore/Operations", "TensorCore/Autograd", "VGGKit/Layers", "VGGKit/Losses", "VGGKit/Models",
    ])
    func operationsAndLayersUseKernelsByName(folder: String) throws {
        for (path, text) in try SourceText.files(in: SourceText.sources.appending(path: folder)) {
            let found = SourceText.code(of: text).matches(of: Self.inside).map { String($0.output.0) }
            #expect(found.isEmpty, "\(folder)/\(path) uses \(Set(found).sorted().joined(separator: ", "))")
        }
    }

    /// Functions that touch memory on the host for every device, or that belong to kernels which have asked
    /// for the GPU before.
    private static let ofTheHost: Set = [
        "mutablePointer", "scalars", "withScalars", "withMutableScalars", "withMutableBytes",
        "crossEntropyTargets", "oneHot", "map",
        "zipMap", "flat", "matrix", "productOfFewRows", "columnSums", "columnMoments",
    ]

    /// A kernel that did not would run on the CPU without a word.
    @Test func eachKernelAsksForTheGPU() throws {
        let folder = SourceText.sources.appending(path: "TensorCore/Kernels")
        var asking = 0
        for (path, text) in try SourceText.files(in: folder) where !path.contains("/") {
            let parts = SourceText.code(of: text).split(
                separator: /\n(?=    (?:package |private |public )?(?:static |mutating )*func \w)/)
            for part in parts.dropFirst() {
                guard let name = part.firstMatch(of: /func (\w+)/)?.1, !part.hasPrefix("    private "),
                    part.contains(/\.pointer\b|mutablePointer|Scalars\(|\bloops\b|mutableBytes/),
                    !Self.ofTheHost.contains(String(name))
                else { continue }
                asking += 1
                #expect(part.contains("gpu"), "\(path): \(name) does not ask for the GPU")
            }
        }
        #expect(asking > 30)
    }

    @Test(arguments: [
        "Kernels.loops.relu(n, x, out)", "x.pointer + 1", "import CKernels", "tensor.storage.bytes",
    ])
    func theTestSees(line: String) {
        #expect(SourceText.code(of: line).firstMatch(of: Self.inside) != nil)
        #expect(SourceText.code(of: "// " + line).firstMatch(of: Self.inside) == nil)
    }
}
