"""Shipped specs and the trained parameters behind them."""
