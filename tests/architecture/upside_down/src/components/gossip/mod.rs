pub struct Gossip;
