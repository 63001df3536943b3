import MixNet

/// A node as this one sees it.
package struct GossipMember: Sendable {
  package let node: NodeRecord
  /// How it does, if there is a link to it or was one not long ago.
  package let health: Health?
  package let status: MemberUpdate.Status
  package let isNeighbour: Bool
  package let isSelf: Bool
}
