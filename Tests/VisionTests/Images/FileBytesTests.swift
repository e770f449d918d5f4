// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import Vision

@Suite struct FileBytesTests {
    @Test func whatIsNoPhotoFileIsNamed() throws {
        let scratch = try Scratch()
        let pipe = scratch.url.appending(path: "pipe.jpg")
        #expect(mkfifo(pipe.path, 0o600) == 0)
        #expect(throws: ImageError.unreadable(source: pipe.path, reason: "it is not a regular file")) {
            try Image(contentsOf: pipe)
        }
        let empty = scratch.url.appending(path: "empty.jpg")
        try Data().write(to: empty)
        #expect(throws: ImageError.notAnImage(source: empty.path, beginsWith: [])) {
            try Image(contentsOf: empty)
        }
        #expect("\(ImageError.notAnImage(source: "a.jpg", beginsWith: []))" == "a.jpg is empty")
    }

    @Test(arguments: [
        ("GIF89a", "GIF"), ("II*\0....", "TIFF"), ("MM\0*....", "TIFF"), ("BM......", "BMP"),
        ("<!DOCTYPE html>", "a page of HTML"),
    ])
    func anImageOfAnotherKindIsNamedAsSuch(beginning: String, kind: String) throws {
        #expect {
            try Image(decoding: Data(beginning.utf8))
        } throws: {
            "\($0)" == "image data is \(kind), which is not read: convert it to JPEG"
        }
        #expect {
            try Image(decoding: Data("RIFF-WAVEfmt ".utf8))
        } throws: {
            "\($0)"
                == "image data is neither JPEG, PNG, WebP, HEIC nor AVIF: it begins with the bytes 52 49 46 46 2d 57 41 56"
        }
    }

    @Test func aFileOfAGigabyteIsRefusedUnread() throws {
        let scratch = try Scratch()
        let large = scratch.url.appending(path: "large.jpg")
        try Data([0xFF, 0xD8, 0xFF]).write(to: large)
        let count = 1 << 30 + 1
        #expect(truncate(large.path, count) == 0)
        #expect(throws: ImageError.fileTooLarge(source: large.path, byteCount: count, limit: 1 << 30)) {
            try Image(contentsOf: large)
        }
    }

    /// The header is read from the beginning; where metadata is longer than that, from the whole file.
    @Test func longMetadataIsReadPast() throws {
        let photo = try Fixture.file("orientation-6.jpg")
        let comment = Data([0xFF, 0xFE, 0xFF, 0xFF]) + Data(repeating: 65, count: 0xFFFD)
        let scratch = try Scratch()
        let url = scratch.url.appending(path: "long.jpg")
        try (photo.prefix(2) + comment + comment + photo.dropFirst(2)).write(to: url)
        let header = try ImageHeader(contentsOf: url)
        #expect(header == (try ImageHeader(photo)))
        #expect(try Image(contentsOf: url) == Image(decoding: photo))
    }
}
