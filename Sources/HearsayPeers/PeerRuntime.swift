public import HearsayRuntime

/// The world in which the node behind a server or a client lives.
public typealias PeerRuntime = NodeRuntime

/// What a task waits for and the node's thread gives.
typealias Promise<Value: Sendable> = HearsayRuntime.Promise<Value, PeerError>

extension PeerError: FacadeError {}
