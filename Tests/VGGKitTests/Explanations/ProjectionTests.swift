// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

/// Many numbers made few: principal components, t-SNE, nearest neighbours.
@Suite struct ProjectionTests {
    struct Row: Decodable, Sendable {
        let name: String
        let shape: [Int]
        let count: Int
    }

    @Test func componentsEqualNumPys() throws {
        let fixture = try FixtureFile("explanations/components")
        for row in try FixtureFile.table("explanations/components", of: Row.self) {
            let values = Tensor(try #require(fixture.floats("\(row.name)/values")), shape: row.shape)
            let found = PrincipalComponents(of: values, count: row.count)
            fixture.expectClose(found.mean, to: "\(row.name)/mean", relative: 1e-5)
            fixture.expectClose(found.components, to: "\(row.name)/components", relative: 1e-3)
            fixture.expectClose(Tensor(found.variances), to: "\(row.name)/variances", relative: 1e-4)
            fixture.expectClose(Tensor(found.shares), to: "\(row.name)/shares", relative: 1e-4)
            fixture.expectClose(found(values), to: "\(row.name)/scores", relative: 1e-3)
        }
    }

    @Test func vectorsWithoutVarianceHaveComponents() {
        let found = PrincipalComponents(of: Tensor.ones([4, 3]), count: 2)
        #expect(found.shares == [0, 0])
        #expect(found(Tensor.ones([4, 3])).floats.allSatisfy { $0 == 0 })
    }

    /// Three groups far from each other in 20 dimensions.
    private func groups(of size: Int) -> (vectors: Tensor, labels: [Int]) {
        var generator = RandomGenerator(seed: 4)
        let centers = (0..<3).map { _ in (0..<20).map { _ in 4 * generator.normal() } }
        let labels = (0..<3 * size).map { $0 % 3 }
        let values = labels.flatMap { label in centers[label].map { $0 + generator.normal() } }
        return (Tensor(values, shape: [3 * size, 20]), labels)
    }

    @Test func tSNEKeepsGroupsTogether() {
        let (vectors, labels) = groups(of: 20)
        let places = TSNE(perplexity: 10)(vectors)
        #expect(places.shape == [60, 2] && places.floats.allSatisfy(\.isFinite))
        let neighbors = Self.nearest(places)
        #expect(neighbors.map { labels[$0] } == labels)
        #expect(TSNE(perplexity: 10)(vectors).floats == places.floats)
    }

    private static func nearest(_ places: Tensor) -> [Int] {
        let values = places.floats
        let count = places.shape[0]
        return (0..<count).map { a in
            (0..<count).filter { $0 != a }.min { distance(values, a, $0) < distance(values, a, $1) }!
        }
    }

    private static func distance(_ values: [Float], _ a: Int, _ b: Int) -> Float {
        hypot(values[2 * a] - values[2 * b], values[2 * a + 1] - values[2 * b + 1])
    }

    @Test(arguments: [0, 1, 2, 3, 4]) func tSNEOfFewVectors(count: Int) {
        let vectors = Deterministic.tensor([count, 5], seed: 3, scale: 1)
        let places = TSNE()(vectors)
        #expect(places.shape == [count, 2] && places.floats.allSatisfy(\.isFinite))
    }

    @Test func equalVectorsStayTogether() {
        let places = TSNE()(Tensor.ones([8, 5]))
        let areFinite = places.floats.allSatisfy(\.isFinite)
        #expect(areFinite)
    }

    @Test func neighborsAreThoseOfTheSmallestAngle() {
        let vectors = Tensor([1, 0, 0, 1, 2, 2, -3, 0, 0, 0] as [Float], shape: [5, 2])
        let found = NearestNeighbors(vectors).nearest(
            to: Tensor([5, 1] as [Float], shape: [1, 2]), count: 3)[0]
        #expect(found.map(\.index) == [0, 2, 1])
        let lengths = Float(26).squareRoot()
        for (found, expected) in zip(found, [5 / lengths, 6 / lengths / Float(2).squareRoot(), 1 / lengths]) {
            #expect(abs(found.similarity - expected) < 1e-6)
        }
    }
}
