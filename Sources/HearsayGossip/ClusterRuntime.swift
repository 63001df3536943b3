public import HearsayRuntime

/// The world in which the nodes live.
public typealias ClusterRuntime = NodeRuntime
