// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

/// A message in the encoding of Protocol Buffers, field by field.
/// https://protobuf.dev/programming-guides/encoding
///
/// Events have a dozen fields that never change. SwiftProtobuf would cost every user of this package 42 s of
/// build time on two cores.
package struct ProtocolMessage: Sendable {
    package private(set) var data = Data()

    package init() {}

    package init(_ build: (inout ProtocolMessage) -> Void) { build(&self) }

    /// `int32`, `int64`, `uint64`, `bool`, `enum`
    package mutating func add(_ field: Int, integer: Int) {
        key(field, wireType: 0)
        variableLength(UInt64(bitPattern: Int64(integer)))
    }

    package mutating func add(_ field: Int, double: Double) {
        key(field, wireType: 1)
        littleEndian(double.bitPattern)
    }

    package mutating func add(_ field: Int, float: Float) {
        key(field, wireType: 5)
        littleEndian(float.bitPattern)
    }

    package mutating func add(_ field: Int, bytes: Data) {
        key(field, wireType: 2)
        variableLength(UInt64(bytes.count))
        data.append(bytes)
    }

    package mutating func add(_ field: Int, string: String) { add(field, bytes: Data(string.utf8)) }

    package mutating func add(_ field: Int, message: ProtocolMessage) { add(field, bytes: message.data) }

    private mutating func key(_ field: Int, wireType: UInt64) {
        variableLength(UInt64(field) << 3 | wireType)
    }

    /// Seven bits per byte, the lowest first; the highest bit says that more bytes follow.
    private mutating func variableLength(_ value: UInt64) {
        var rest = value
        while rest > 127 {
            data.append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        data.append(UInt8(rest))
    }

    private mutating func littleEndian(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
    }
}
