// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What touches a tensor's memory is an entry of `Kernels/`; what others use of it is named here.
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

    @Test(arguments: [
        "Kernels.loops.relu(n, x, out)", "x.pointer + 1", "import CKernels", "tensor.storage.bytes",
    ])
    func theTestSees(line: String) {
        #expect(SourceText.code(of: line).firstMatch(of: Self.inside) != nil)
        #expect(SourceText.code(of: "// " + line).firstMatch(of: Self.inside) == nil)
    }
}
