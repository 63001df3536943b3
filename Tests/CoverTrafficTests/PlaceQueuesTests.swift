import MixNet
import Testing

@testable import CoverTraffic

struct PlaceQueuesTests {
  /// A thousand random steps against plain lists: each queue gives its packets in the order in which they came, wherever they lie in
  /// the hold by then.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func queuesKeepTheirOrder(seed: UInt64) {
    var random = RandomStream(seed: Seed(seed))
    var queues = PlaceQueues(4, capacity: 50)
    var hold: [Int] = []
    var model = [[Int]](repeating: [], count: 4)
    for number in 0..<1_000 {
      let queue = Int(random.below(UInt64(model.count)))
      let other = Int(random.below(UInt64(model.count)))
      switch random.below(8) {
      case 0...3:
        let fits = queues.append(to: queue)
        #expect(fits == (hold.count < 50))
        if fits {
          hold.append(number)
          model[queue].append(number)
        }
      case 4, 5:
        let place = queues.removeFirst(of: queue)
        #expect(place.map { hold[$0] } == model[queue].first)
        if let place {
          model[queue].removeFirst()
          hold[place] = hold[hold.count - 1]
          hold.removeLast()
        }
      case 6:
        let moved = queues.moveFirst(of: queue, to: other)
        #expect(moved == !model[queue].isEmpty)
        if moved { model[other].append(model[queue].removeFirst()) }
      default:
        let count = 2 + Int(random.below(4))
        let numbers = model.indices.map { _ in Int(random.below(UInt64(count))) }
        queues.rearrange(numbers, count: count)
        var new = [[Int]](repeating: [], count: count)
        for (queue, number) in numbers.enumerated() { new[number] += model[queue] }
        model = new
      }
      #expect(queues.count == hold.count)
      #expect(model.indices.map { queues.count(of: $0) } == model.map(\.count))
    }
    for queue in model.indices {
      while let place = queues.removeFirst(of: queue) {
        #expect(hold[place] == model[queue].first)
        model[queue].removeFirst()
        hold[place] = hold[hold.count - 1]
        hold.removeLast()
      }
    }
    #expect(hold.isEmpty)
  }
}
