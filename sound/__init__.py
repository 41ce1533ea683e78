"""Sound to what the nets hear: decoding, features, augmentation, the moments of known notes."""
