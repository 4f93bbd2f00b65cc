"""Figures for 教务: how courses go, read with a handful of statements however many learn. Rules T32-T35."""
