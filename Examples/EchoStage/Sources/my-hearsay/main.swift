// A hearsay with a stage of your own. Copy this file, add your plugin to the list, build:
//
//     swift build -c release
//     .build/release/my-hearsay stages                # what is linked, with every key
//     .build/release/my-hearsay check plugins.toml    # the chain and its memory, or every mistake in the file
//     .build/release/my-hearsay run plugins.toml      # a node, until it is told to stop

import Echo
import HearsayCommand
import Relay
import Sphinx

HearsayProgram.main(plugins: [.sphinx, .relay, .echo])
