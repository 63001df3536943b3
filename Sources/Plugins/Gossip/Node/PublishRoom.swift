/// Whether the links that a node's own messages go over have room for more of them.
///
/// A neighbour that is slow holds up nobody: it hears announcements, or finds what it lacks by comparisons. But when most are slow it is this node
/// that says too much, and would go on at full speed to nobody. Then the slow ones count like the others, and half of all must have room.
struct PublishRoom: Hashable {
  private var all = 0
  private var slow = 0
  private var withRoom = 0
  private var isHeldUp = false

  mutating func add(isSlow: Bool, hasRoom: Bool) {
    all += 1
    if isSlow { slow += 1 }
    if hasRoom { withRoom += 1 } else if !isSlow { isHeldUp = true }
  }

  var mostAreSlow: Bool { slow * 2 > all }
  var mayPublish: Bool { !isHeldUp && (!mostAreSlow || withRoom * 2 > all) }
}
