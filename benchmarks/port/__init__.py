"""Released source distributions, taken the whole road: what `ungil port` says of them."""
