// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The one thing of EXIF that matters here: how the camera was held. Anything malformed counts as upright.
enum EXIF {
    static func orientation(ofJPEG data: Data) -> Int {
        let bytes = [UInt8](data.prefix(1 << 18))
        var position = 2
        while position + 4 <= bytes.count, bytes[position] == 0xFF {
            let marker = bytes[position + 1]
            // Scan data follows; metadata comes before it.
            if marker == 0xDA || marker == 0xD9 { return 1 }
            let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
            let end = min(position + 2 + length, bytes.count)
            if marker == 0xE1, length >= 8, end > position + 10,
                bytes[(position + 4)..<(position + 10)].elementsEqual("Exif\0\0".utf8)
            {
                return TIFF(bytes: bytes[(position + 10)..<end]).orientation ?? 1
            }
            guard length >= 2 else { return 1 }
            position += 2 + length
        }
        return 1
    }

    private struct TIFF {
        let bytes: [UInt8]
        let isLittleEndian: Bool

        init(bytes slice: ArraySlice<UInt8>) {
            bytes = Array(slice)
            isLittleEndian = bytes.starts(with: "II".utf8)
        }

        var orientation: Int? {
            guard let directory = number(at: 4, bytes: 4), let count = number(at: directory, bytes: 2) else {
                return nil
            }
            for entry in 0..<count {
                let start = directory + 2 + 12 * entry
                guard let tag = number(at: start, bytes: 2) else { return nil }
                guard tag == 0x0112 else { continue }
                return number(at: start + 8, bytes: 2).flatMap { (1...8).contains($0) ? $0 : nil }
            }
            return nil
        }

        private func number(at start: Int, bytes length: Int) -> Int? {
            guard start >= 0, start + length <= bytes.count else { return nil }
            let digits = bytes[start..<start + length]
            return (isLittleEndian ? Array(digits.reversed()) : Array(digits)).reduce(0) { $0 << 8 | Int($1) }
        }
    }
}
