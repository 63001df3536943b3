import LinuxNet

/// Threads that are joined together; a noncopyable thread has no place in an array.
final class ThreadList {
  private final class Box {
    var thread: Thread?
    init(_ thread: consuming Thread) { self.thread = consume thread }
  }
  private var boxes: [Box] = []

  func add(_ thread: consuming Thread) { boxes.append(Box(thread)) }

  /// Waits until all have ended.
  func join() {
    for box in boxes { box.thread.take()?.join() }
    boxes = []
  }
}
