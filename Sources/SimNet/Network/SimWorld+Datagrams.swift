import MixNet

/// How datagrams get about, and what may befall them.
extension SimWorld {
  /// Bytes that a socket keeps until they are taken; more are lost.
  private static let socketBytesMax = 212_992

  func send(_ bytes: UnsafeRawBufferPointer, from: Address, to: Address, by host: SimHost) {
    guard let target = self.host(at: to, from: host.number) else { return }
    let link = link(host.number, target)
    let way = link.way(from: host.number)
    let (dice, size) = (link.roll(), bytes.count)
    let time = max(link.arrival(size, way: way, at: ns, dice), link.ways[way].lastDatagram)
    link.ways[way].lastDatagram = time
    if link.ways[way].isCut { return }
    if link.ways[way].load + size > link.conditions.capacity { return drop("crowded", host, size) }
    let isSafe = link.isLoopback
    if !isSafe, dice.hits(.loss, faults) { return fire(.loss, host) }
    let number = unsafe datagrams.take(bytes)
    datagrams[number].from = from
    datagrams[number].to = to
    datagrams[number].link = link
    datagrams[number].way = way
    datagrams[number].sender = host.number
    if isSafe { return launch(number, at: time) }
    if dice.hits(.corrupt, faults), size > 0 {
      fire(.corrupt, host)
      let bits = 1 + dice.detail(.corrupt, below: max(1, settings.extents.bitsMax))
      for bit in 0..<bits { datagrams.flip(dice.detail(.corrupt, bit + 1), of: number) }
    }
    if dice.hits(.duplicate, faults) {
      fire(.duplicate, host)
      let again = settings.extents.reorder.length(dice.detail(.duplicate)).ns
      launch(datagrams.copy(of: number), at: time.clampedAdding(again))
    }
    launch(number, at: time.clampedAdding(delay(dice, host)))
  }

  /// What a datagram takes longer than the one before it.
  private func delay(_ dice: Dice, _ host: SimHost) -> UInt64 {
    var span = Nanos.zero
    if dice.hits(.reorder, faults) {
      fire(.reorder, host)
      span = span + settings.extents.reorder.length(dice.detail(.reorder))
    }
    if dice.hits(.latency, faults) {
      fire(.latency, host)
      span = span + settings.extents.latency.length(dice.detail(.latency))
    }
    return span.ns
  }

  private func launch(_ number: UInt32, at time: UInt64) {
    let datagram = datagrams[number]
    datagram.link?.ways[datagram.way].load += datagram.count
    heap.push(at: time, .datagram, who: number, token: 0)
  }

  func arrive(datagram number: UInt32) {
    let datagram = datagrams[number]
    guard let link = datagram.link else { return }
    if link.ways[datagram.way].cloggedUntil > ns {
      heap.push(at: link.ways[datagram.way].cloggedUntil, .datagram, who: number, token: 0)
      return
    }
    link.ways[datagram.way].load -= datagram.count
    guard let target = host(at: datagram.to, from: datagram.sender), !link.ways[datagram.way].isCut else {
      return datagrams.give(back: number)
    }
    let host = hosts[Int(target)]
    guard host.isPowered, let (network, socket) = host.datagramSocket(at: datagram.to),
      let place = network.table.place(of: socket, .datagram)
    else { return datagrams.give(back: number) }
    guard network.table[place].datagramBytes + datagram.count <= Self.socketBytesMax else {
      drop("overflow", host, datagram.count)
      return datagrams.give(back: number)
    }
    if trace.isOn {
      trace.begin(ns, host.nameBytes, "datagram")
      trace.fact("from", bytes: hosts[Int(datagram.sender)].nameBytes)
      trace.fact("count", UInt64(datagram.count))
      trace.digest(datagrams.digest(number))
      trace.end()
    }
    datagrams[number].link = nil
    network.table[place].datagrams.append(number)
    network.table[place].datagramBytes += datagram.count
    network.changed(socket)
  }

  private func drop(_ why: StaticString, _ host: SimHost, _ size: Int) {
    guard trace.isOn else { return }
    trace.begin(ns, host.nameBytes, "drop")
    trace.fact("why", why)
    trace.fact("count", UInt64(size))
    trace.end()
  }
}
