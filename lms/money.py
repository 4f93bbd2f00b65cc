"""Money is whole fen (分) in an int, everywhere. Source: docs/rules/money.md, rule P1."""


def format_fen(fen: int) -> str:
    """
    Write an amount of fen as yuan: 88000 → "¥880.00", -5 → "-¥0.05".

    Units: fen in, text out. Source: docs/rules/money.md, rule P2.
    """
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    return f"{sign}¥{yuan:,}.{rest:02d}"
