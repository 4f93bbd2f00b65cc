"""The forecast over 36 months, what-ifs that touch nothing, and the plan that closes a gap."""
