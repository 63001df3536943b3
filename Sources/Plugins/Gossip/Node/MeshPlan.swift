import MixNet

/// How messages go straight to all, as links and members were when it was made.
struct MeshPlan: ~Copyable, Sendable {
  /// What ``GossipLinks/changes`` and ``Swim/presenceChanges`` said then.
  let links: UInt64
  let members: UInt64
  /// There is a link to every node that is there.
  let isWhole: Bool
  /// Most of those nodes read too slowly.
  var mostAreSlow = false
  /// The places of all links to them.
  var places: [Int] = []
  /// Where those are that take datagrams, and the places of the others' links.
  var addresses: [Address] = []
  var byLink: [Int] = []
  /// The places of the links by the first bytes of their nodes' names.
  var origins: NumberTable
  let seed: Seed

  /// `seed` is to be a secret, since others choose their names.
  init(links: UInt64, members: UInt64, isWhole: Bool, seed: Seed) {
    (self.links, self.members, self.isWhole, self.seed) = (links, members, isWhole, seed)
    origins = NumberTable(seed: seed)
  }
}
