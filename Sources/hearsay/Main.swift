import CoverTraffic
import Gossip
import HearsayCommand
import Pool
import Relay
import Reputation
import Sphinx
import VRFDelay

/// The node with the plugins that come with it. For one with stages of your own, copy this file, add your plugin to the
/// list and build.
@main
enum Main {
  static func main() {
    HearsayProgram.main(plugins: [.sphinx, .vrfDelay, .pool, .coverTraffic, .reputation, .gossip, .relay])
  }
}
