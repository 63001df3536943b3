/// Tasks that wait for their time.
struct TaskList {
  private var tasks: [((SimWorld) -> Void)?] = []
  private var vacant: [UInt32] = []

  mutating func add(_ task: @escaping (SimWorld) -> Void) -> UInt32 {
    if let place = vacant.popLast() {
      tasks[Int(place)] = task
      return place
    }
    tasks.append(task)
    return UInt32(tasks.count - 1)
  }

  mutating func take(_ place: UInt32) -> ((SimWorld) -> Void)? {
    defer { tasks[Int(place)] = nil }
    vacant.append(place)
    return tasks[Int(place)]
  }
}
