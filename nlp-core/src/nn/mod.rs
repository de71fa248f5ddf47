//! Layers of the networks, as thinc computes them.
