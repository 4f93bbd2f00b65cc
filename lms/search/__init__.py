"""Search in Chinese: how text is cut for the index, the two databases' backends, and the site's own search."""
