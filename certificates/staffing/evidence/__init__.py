"""What a company shows its assessor: a frozen, signed list, and links to it that end."""
